"""The doctor: production does not start with weak settings; each finding says what to do."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from service.domains import DOMAINS
from service.foundation.clock import system_clock
from service.foundation.crypto import create_keys
from service.foundation.settings import Settings, SpeechServer
from service.operations.database.prepare import OWNER_ROLE, with_database
from service.operations.doctor.checks import CHECKS, domain_checks, examine
from service.operations.doctor.facts import (
    DatabaseFacts,
    Facts,
    KeyFacts,
    inspect_database,
    inspect_keys,
)
from tests.build.commands import PROCESS, clean_environment, run_command, variables_of
from tests.conftest import ROOT, url_as

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOUND = Facts(
    Settings(
        environment="production",
        public_url="https://grassroots.example",
        chain_head_directory=Path("/chain-heads"),
        webhook_allowed_subnets=(ip_network("10.20.0.0/16"),),
    ),
    {"FORWARDED_ALLOW_IPS": "10.0.0.1", "GRASSROOTS_PUBLIC_URL": "https://grassroots.example"},
    KeyFacts(),
    DatabaseFacts(role="grassroots_service", version="second", worker_seen_at=NOW),
    NOW,
    frozenset({"first", "second"}),
    "second",
)


def with_setting(**changed: Any) -> Facts:
    return replace(SOUND, settings=SOUND.settings.model_copy(update=changed))


def with_variable(name: str, value: str) -> Facts:
    return replace(SOUND, environ={**SOUND.environ, name: value})


def with_keys(**changed: Any) -> Facts:
    return replace(SOUND, keys=replace(SOUND.keys, **changed))


def with_database_facts(**changed: Any) -> Facts:
    return replace(SOUND, database=replace(SOUND.database, **changed))


UNNAMED_PROVIDER = with_setting(sign_in_providers=[{"kind": "oidc", "issuer": "http://login.example"}])
SPEECH = SpeechServer(kind="speech_server", url="http://speech.internal/v1/audio/transcriptions", model="sensevoice")
INTERNAL = (ip_network("10.20.0.0/16"),)
SPEECH_WITHOUT_KEY = with_setting(
    transcription=SPEECH.model_copy(update={"key_file": Path("/nowhere")}), transcription_allowed_subnets=INTERNAL
)
FAULTY = [
    ("environment", with_setting(environment="development")),
    ("variables", with_variable("GRASSROOTS_CHAIN_HEAD_DIR", "/x")),
    ("public_url", with_setting(public_url="http://grassroots.example")),
    ("public_url", with_setting(public_url=Settings.model_fields["public_url"].default)),
    ("forwarded", with_variable("FORWARDED_ALLOW_IPS", "10.0.0.1, *")),
    ("forwarded", with_variable("FORWARDED_ALLOW_IPS", "10.0.0.1,0.0.0.0/0")),
    ("forwarded", with_variable("FORWARDED_ALLOW_IPS", "::/0")),
    ("gateway", with_variable("FORWARDED_ALLOW_IPS", "")),
    ("subnets", with_setting(webhook_allowed_subnets=(ip_network("0.0.0.0/0"),))),
    ("subnets", with_setting(webhook_allowed_subnets=(ip_network("::/0"),))),
    ("subnets", with_setting(webhook_allowed_subnets=(ip_network("127.0.0.1/32"),))),
    ("subnets", with_setting(webhook_allowed_subnets=(ip_network("169.254.169.254/32"),))),
    ("subnets", with_setting(sign_in_allowed_subnets=(ip_network("0.0.0.0/0"),))),
    ("sign_in_providers", UNNAMED_PROVIDER),
    ("speech_server", with_setting(transcription=SPEECH)),
    ("speech_server", with_setting(transcription=SPEECH, transcription_allowed_subnets=(ip_network("0.0.0.0/0"),))),
    ("speech_server", SPEECH_WITHOUT_KEY),
    ("hosts", with_setting(allowed_hosts=("*.example",))),
    ("token_life", with_setting(access_token_s=86_400)),
    ("statement_timeout", with_setting(statement_timeout_ms=0)),
    ("statement_timeout", with_setting(statement_timeout_ms=60_000)),
    ("keys", with_keys(unusable="token.pem: No such file")),
    ("keys_mode", with_keys(is_open=True)),
    ("key_files", with_keys(open_files=("token.pem",))),
    ("chains", with_setting(chain_head_directory=None)),
    ("database", with_database_facts(unreachable="OperationalError")),
    ("version", with_database_facts(version="first")),
    ("version", with_database_facts(version=None)),
    ("role", with_database_facts(is_superuser=True)),
    ("role", with_database_facts(bypasses_rls=True)),
    ("role", with_database_facts(may_create=True)),
    ("append_only", with_database_facts(changeable=("event",))),
    ("durability", with_database_facts(is_durable=False)),
    ("clock", with_database_facts(skew_s=-7.0)),
    ("partitions", with_database_facts(without_partition=("access_log",))),
    ("demo", with_database_facts(rows={"demo": ("demo-cadre",)})),
    ("database_tls", with_database_facts(is_encrypted=False)),
    ("worker", with_database_facts(worker_seen_at=NOW - timedelta(minutes=3))),
    ("worker", with_database_facts(worker_seen_at=None)),
]


def test_sound_deployment_has_no_findings() -> None:
    assert list(examine(SOUND, DOMAINS)) == []


def test_speech_server_on_local_machine_is_accepted() -> None:
    local = with_setting(transcription=SPEECH, transcription_allowed_subnets=(ip_network("127.0.0.1/32"),))

    assert list(examine(local, DOMAINS)) == []


@pytest.mark.parametrize(("word", "facts"), FAULTY, ids=[word for word, _ in FAULTY])
def test_each_fault_is_found_by_its_own_check_only(word: str, facts: Facts) -> None:
    findings = list(examine(facts, DOMAINS))

    assert [finding.word for finding in findings] == [word]
    assert findings[0].zh != findings[0].en


ALL_CHECKS = [*CHECKS, *domain_checks(DOMAINS)]


def test_every_check_is_tested_and_only_three_do_not_stop_production() -> None:
    assert {check.word for check in ALL_CHECKS} == {word for word, _ in FAULTY}
    assert {check.word for check in ALL_CHECKS if not check.stops} == {"gateway", "database_tls", "worker"}


def test_misspelt_variable_is_reported_with_similar_name() -> None:
    (finding,) = examine(with_variable("GRASSROOTS_CHAIN_HEAD_DIRECTOY", "/x"), DOMAINS)

    assert "GRASSROOTS_CHAIN_HEAD_DIRECTORY?" in finding.en


def test_database_of_newer_release_is_accepted() -> None:
    assert list(examine(with_database_facts(version="third, unknown here"), DOMAINS)) == []


def test_service_role_has_no_findings(settings: Settings) -> None:
    facts = inspect_database(settings, system_clock, DOMAINS)

    assert (facts.role, facts.is_superuser, facts.changeable, facts.without_partition) == (
        "grassroots_service",
        False,
        (),
        (),
    )
    assert abs(facts.skew_s) < 1
    assert facts.version


def test_owner_and_superuser_roles_are_recognised_by_their_rights(
    settings: Settings, admin_url: str, database: str
) -> None:
    urls = [settings.owner_database_url, with_database(admin_url, database)]

    owner, admin = (
        inspect_database(settings.model_copy(update={"database_url": url}), system_clock, DOMAINS) for url in urls
    )

    assert set(owner.changeable) == {"access_log", "audience", "event", "feed", "chain_head"}
    assert (owner.is_superuser, admin.is_superuser) == (False, True)


def test_extra_table_right_is_found(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute("GRANT UPDATE ON event TO grassroots_service; GRANT SELECT ON access_log TO grassroots_service")
        facts = inspect_database(settings, system_clock, DOMAINS)
        owner.execute("REVOKE UPDATE ON event FROM grassroots_service")
        owner.execute("REVOKE SELECT ON access_log FROM grassroots_service")

    assert facts.changeable == ("access_log", "event")


def test_missing_partition_is_found_and_created_by_migrate(settings: Settings) -> None:
    month = f"access_log_{system_clock() + timedelta(days=31):%Y_%m}"
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute(f"DROP TABLE {month}")

    before = inspect_database(settings, system_clock, DOMAINS).without_partition
    run("migrate", settings)

    assert before == ("access_log",)
    assert inspect_database(settings, system_clock, DOMAINS).without_partition == ()


def test_unreachable_or_empty_database_is_reported(settings: Settings, admin_url: str) -> None:
    unreachable = settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"})
    empty = settings.model_copy(update={"database_url": url_as(admin_url, OWNER_ROLE, "template1")})

    assert inspect_database(unreachable, system_clock, DOMAINS).unreachable == "OperationalError"
    assert inspect_database(empty, system_clock, DOMAINS).version is None


def test_keys_readable_or_writable_by_others_are_found(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    config = Settings(keys_directory=tmp_path / "keys")
    sound = inspect_keys(config)

    (tmp_path / "keys" / "token.pem").chmod(0o644)
    (tmp_path / "keys").chmod(0o777)
    (tmp_path / "keys" / "signing.pem").unlink()

    facts = inspect_keys(config)
    assert sound == KeyFacts()
    assert (facts.is_open, facts.open_files) == (True, ("token.pem",))
    assert "signing.pem" in (facts.unusable or "")


def run(command: str, settings: Settings, **variables: str) -> CompletedProcess[str]:
    return run_command(command, **variables_of(settings), **variables)


def run_process(command: str, settings: Settings, **variables: str) -> CompletedProcess[str]:
    environment = clean_environment() | variables_of(settings) | variables
    streams: dict[str, Any] = {"capture_output": True, "text": True}
    return subprocess.run([*PROCESS, command], cwd=ROOT, env=environment, timeout=60, check=False, **streams)


def stopping_checks(process: CompletedProcess[str]) -> set[str]:
    return {line.split(":")[0][2:] for line in process.stderr.splitlines() if line.startswith("✗")}


def expected_on_test_server(settings: Settings) -> set[str]:
    """The test server may run without fsync, which the doctor reports."""
    with psycopg.connect(settings.database_url) as connection:
        cursor = connection.execute("SELECT 'off' IN (current_setting('fsync'), current_setting('full_page_writes'))")
        return {"durability"} if (cursor.fetchone() or [False])[0] else set()


@pytest.mark.parametrize("command", ["doctor", "serve", "worker"])
def test_production_with_faults_refuses_to_start_and_lists_them(settings: Settings, command: str) -> None:
    start = run_process if command == "serve" else run

    process = start(command, settings, FORWARDED_ALLOW_IPS="*", GRASSROOTS_CHAIN_HEAD_DIRECTOY="/x")

    assert process.returncode == 1
    assert stopping_checks(process) == {"forwarded", "public_url", "chains", "variables"} | expected_on_test_server(
        settings
    )


def test_development_deployment_with_public_host_is_checked_as_production(settings: Settings) -> None:
    variables = {"GRASSROOTS_ENVIRONMENT": "development", "GRASSROOTS_PUBLIC_URL": "http://10.0.0.7:8000"}

    process = run("serve", settings, **variables)

    assert process.returncode == 1
    assert "✗ environment" in process.stderr


def test_invalid_setting_is_reported_without_its_value(settings: Settings) -> None:
    process = run("doctor", settings, GRASSROOTS_POOL_SIZE="s3cr3t", GRASSROOTS_CORS_ORIGINS="*")

    assert process.returncode == 1
    assert "✗ pool_size" in process.stderr
    assert "✗ cors_origins" in process.stderr
    assert "s3cr3t" not in process.stderr


def test_doctor_command_passes_sound_deployment(settings: Settings, tmp_path: Path) -> None:
    variables = {
        "GRASSROOTS_PUBLIC_URL": "https://grassroots.example",
        "GRASSROOTS_CHAIN_HEAD_DIRECTORY": str(tmp_path),
    }

    process = run("doctor", settings, FORWARDED_ALLOW_IPS="10.0.0.1", **variables)

    assert stopping_checks(process) == expected_on_test_server(settings)
    assert process.returncode == len(stopping_checks(process))
