"""Production does not start with a weak or default setting, and the doctor says which and what to do."""

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
from service.operations.doctor.checks import CHECKS, examine, of_domains
from service.operations.doctor.facts import (
    DatabaseFacts,
    Facts,
    KeyFacts,
    look_at_database,
    look_at_keys,
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


def having(**changed: Any) -> Facts:
    return replace(SOUND, database=replace(SOUND.database, **changed))


UNNAMED = with_setting(sign_in_providers=[{"kind": "oidc", "issuer": "http://login.example"}])
SPEECH = SpeechServer(kind="speech_server", url="http://speech.internal/v1/audio/transcriptions", model="sensevoice")
HOME = (ip_network("10.20.0.0/16"),)
WITHOUT_KEY = with_setting(
    transcription=SPEECH.model_copy(update={"key_file": Path("/nowhere")}), transcription_allowed_subnets=HOME
)
SICK = [
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
    ("sign_in_providers", UNNAMED),
    ("speech_server", with_setting(transcription=SPEECH)),
    ("speech_server", with_setting(transcription=SPEECH, transcription_allowed_subnets=(ip_network("0.0.0.0/0"),))),
    ("speech_server", WITHOUT_KEY),
    ("hosts", with_setting(allowed_hosts=("*.example",))),
    ("token_life", with_setting(access_token_s=86_400)),
    ("statement_timeout", with_setting(statement_timeout_ms=0)),
    ("statement_timeout", with_setting(statement_timeout_ms=60_000)),
    ("keys", with_keys(unusable="token.pem: No such file")),
    ("keys_mode", with_keys(is_open=True)),
    ("key_files", with_keys(open_files=("token.pem",))),
    ("chains", with_setting(chain_head_directory=None)),
    ("database", having(unreachable="OperationalError")),
    ("version", having(version="first")),
    ("version", having(version=None)),
    ("role", having(is_superuser=True)),
    ("role", having(passes_locks=True)),
    ("role", having(may_create=True)),
    ("append_only", having(changeable=("event",))),
    ("durability", having(is_durable=False)),
    ("clock", having(skew_s=-7.0)),
    ("partitions", having(without_partition=("access_log",))),
    ("demo", having(rows={"demo": ("demo-cadre",)})),
    ("database_tls", having(is_encrypted=False)),
    ("worker", having(worker_seen_at=NOW - timedelta(minutes=3))),
    ("worker", having(worker_seen_at=None)),
]


def test_a_sound_deployment_is_fit() -> None:
    assert list(examine(SOUND, DOMAINS)) == []


def test_a_speech_server_may_live_on_this_machine() -> None:
    here = with_setting(transcription=SPEECH, transcription_allowed_subnets=(ip_network("127.0.0.1/32"),))

    assert list(examine(here, DOMAINS)) == []


@pytest.mark.parametrize(("word", "facts"), SICK, ids=[word for word, _ in SICK])
def test_each_check_sees_its_own_illness_and_no_other_does(word: str, facts: Facts) -> None:
    found = list(examine(facts, DOMAINS))

    assert [finding.word for finding in found] == [word]
    assert found[0].zh != found[0].en


ALL = [*CHECKS, *of_domains(DOMAINS)]


def test_every_check_has_an_illness_here_and_only_three_let_it_pass() -> None:
    assert {check.word for check in ALL} == {word for word, _ in SICK}
    assert {check.word for check in ALL if not check.stops} == {"gateway", "database_tls", "worker"}


def test_a_typing_error_in_a_variable_is_told_with_what_was_meant() -> None:
    (finding,) = examine(with_variable("GRASSROOTS_CHAIN_HEAD_DIRECTOY", "/x"), DOMAINS)

    assert "GRASSROOTS_CHAIN_HEAD_DIRECTORY?" in finding.en


def test_a_database_of_a_newer_release_is_no_illness() -> None:
    assert list(examine(having(version="third, unknown here"), DOMAINS)) == []


def test_the_services_own_role_is_fit(settings: Settings) -> None:
    seen = look_at_database(settings, system_clock, DOMAINS)

    assert (seen.role, seen.is_superuser, seen.changeable, seen.without_partition) == (
        "grassroots_service",
        False,
        (),
        (),
    )
    assert abs(seen.skew_s) < 1
    assert seen.version


def test_the_owner_and_an_administrator_are_told_by_what_they_could_do(
    settings: Settings, admin_url: str, database: str
) -> None:
    urls = [settings.owner_database_url, with_database(admin_url, database)]

    owner, admin = (
        look_at_database(settings.model_copy(update={"database_url": url}), system_clock, DOMAINS) for url in urls
    )

    assert set(owner.changeable) == {"access_log", "audience", "event", "feed", "chain_head"}
    assert (owner.is_superuser, admin.is_superuser) == (False, True)


def test_one_right_too_many_is_seen(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute("GRANT UPDATE ON event TO grassroots_service; GRANT SELECT ON access_log TO grassroots_service")
        seen = look_at_database(settings, system_clock, DOMAINS)
        owner.execute("REVOKE UPDATE ON event FROM grassroots_service")
        owner.execute("REVOKE SELECT ON access_log FROM grassroots_service")

    assert seen.changeable == ("access_log", "event")


def test_a_partition_that_is_missing_is_seen_and_migrate_makes_it(settings: Settings) -> None:
    month = f"access_log_{system_clock() + timedelta(days=31):%Y_%m}"
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute(f"DROP TABLE {month}")

    before = look_at_database(settings, system_clock, DOMAINS).without_partition
    run("migrate", settings)

    assert before == ("access_log",)
    assert look_at_database(settings, system_clock, DOMAINS).without_partition == ()


def test_a_database_that_is_not_there_or_empty_is_told(settings: Settings, admin_url: str) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"})
    empty = settings.model_copy(update={"database_url": url_as(admin_url, OWNER_ROLE, "template1")})

    assert look_at_database(nowhere, system_clock, DOMAINS).unreachable == "OperationalError"
    assert look_at_database(empty, system_clock, DOMAINS).version is None


def test_keys_that_others_may_read_or_replace_are_seen(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    known = Settings(keys_directory=tmp_path / "keys")
    sound = look_at_keys(known)

    (tmp_path / "keys" / "token.pem").chmod(0o644)
    (tmp_path / "keys").chmod(0o777)
    (tmp_path / "keys" / "signing.pem").unlink()

    seen = look_at_keys(known)
    assert sound == KeyFacts()
    assert (seen.is_open, seen.open_files) == (True, ("token.pem",))
    assert "signing.pem" in (seen.unusable or "")


def run(command: str, settings: Settings, **variables: str) -> CompletedProcess[str]:
    return run_command(command, **variables_of(settings), **variables)


def run_process(command: str, settings: Settings, **variables: str) -> CompletedProcess[str]:
    environment = clean_environment() | variables_of(settings) | variables
    streams: dict[str, Any] = {"capture_output": True, "text": True}
    return subprocess.run([*PROCESS, command], cwd=ROOT, env=environment, timeout=60, check=False, **streams)


def stops(ended: CompletedProcess[str]) -> set[str]:
    return {line.split(":")[0][2:] for line in ended.stderr.splitlines() if line.startswith("✗")}


def of_the_test_server(settings: Settings) -> set[str]:
    """A throw-away server may run without fsync, which the doctor rightly sees."""
    with psycopg.connect(settings.database_url) as connection:
        off = connection.execute("SELECT 'off' IN (current_setting('fsync'), current_setting('full_page_writes'))")
        return {"durability"} if (off.fetchone() or [False])[0] else set()


@pytest.mark.parametrize("command", ["doctor", "serve", "worker"])
def test_production_refuses_to_start_and_says_why(settings: Settings, command: str) -> None:
    start = run_process if command == "serve" else run

    ended = start(command, settings, FORWARDED_ALLOW_IPS="*", GRASSROOTS_CHAIN_HEAD_DIRECTOY="/x")

    assert ended.returncode == 1
    assert stops(ended) == {"forwarded", "public_url", "chains", "variables"} | of_the_test_server(settings)


def test_a_development_deployment_that_others_can_reach_is_judged_as_production(settings: Settings) -> None:
    there = {"GRASSROOTS_ENVIRONMENT": "development", "GRASSROOTS_PUBLIC_URL": "http://10.0.0.7:8000"}

    ended = run("serve", settings, **there)

    assert ended.returncode == 1
    assert "✗ environment" in ended.stderr


def test_a_setting_that_cannot_be_read_is_told_without_its_value(settings: Settings) -> None:
    ended = run("doctor", settings, GRASSROOTS_POOL_SIZE="s3cr3t", GRASSROOTS_CORS_ORIGINS="*")

    assert ended.returncode == 1
    assert "✗ pool_size" in ended.stderr
    assert "✗ cors_origins" in ended.stderr
    assert "s3cr3t" not in ended.stderr


def test_a_sound_deployment_passes(settings: Settings, tmp_path: Path) -> None:
    known = {"GRASSROOTS_PUBLIC_URL": "https://grassroots.example", "GRASSROOTS_CHAIN_HEAD_DIRECTORY": str(tmp_path)}

    ended = run("doctor", settings, FORWARDED_ALLOW_IPS="10.0.0.1", **known)

    assert stops(ended) == of_the_test_server(settings)
    assert ended.returncode == len(stops(ended))
