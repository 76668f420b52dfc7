"""The whole main workflow: real processes and sockets, played by the tour."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from schemas.events import EventName
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests.build.commands import PROCESS, run_command
from tests.build.receivers import check_receivers
from tests.conftest import ROOT

SAMPLE = ROOT / "service" / "identity" / "organisations" / "sample" / "divisions-nanjing.csv.gz"


@pytest.fixture(scope="module")
def environment(settings: Settings, port: int) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "OWNER_DATABASE_URL": settings.owner_database_url,
        "GRASSROOTS_KEYS_DIRECTORY": str(settings.keys_directory),
        "GRASSROOTS_ENVIRONMENT": "development",
        "GRASSROOTS_WEBHOOK_ALLOWED_SUBNETS": "127.0.0.0/8",
        "GRASSROOTS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return run_command(*words, **environment)


@pytest.fixture(scope="module")
def credentials(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.json"
    for words in (("import", "divisions", str(SAMPLE)), ("demo", "--credentials", str(path))):
        result = run(environment, *words)
        assert result.returncode == 0, result.stderr
    return path


@pytest.fixture(scope="module")
def url(environment: dict[str, str], port: int) -> Iterator[str]:
    """The URL of the API; API and worker run as separate processes."""
    started = [
        subprocess.Popen([*PROCESS, *words], env=environment, stderr=subprocess.DEVNULL)
        for words in (("serve", "--port", str(port)), ("worker",))
    ]
    address = f"http://127.0.0.1:{port}"
    _wait_until_ready(address)
    yield address
    for process in started:
        process.send_signal(signal.SIGTERM)
    api, worker = (process.wait(timeout=20) for process in started)
    assert api in {0, -signal.SIGTERM}  # uvicorn ends itself with the signal that it received
    assert worker == 0


def _wait_until_ready(address: str) -> None:
    for _ in range(150):
        try:
            if httpx.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the API did not become ready")


def test_tour_succeeds(environment: dict[str, str], credentials: Path, url: str) -> None:
    play_tour(environment, credentials, url)


def play_tour(environment: dict[str, str], credentials: Path, url: str) -> None:
    result = run(environment, "tour", "--url", url, "--credentials", str(credentials))

    assert result.returncode == 0, result.stdout + result.stderr
    assert "all steps succeeded" in result.stdout


def test_tour_with_a_wrong_password_fails(environment: dict[str, str], credentials: Path, url: str) -> None:
    changed = credentials.with_name("changed.json")
    changed.write_text(credentials.read_text().replace('"demo-cadre": "', '"demo-cadre": "x'))

    result = run(environment, "tour", "--url", url, "--credentials", str(changed))

    assert result.returncode == 1
    assert "unexpected" in result.stderr


def test_repeated_demo_and_import_change_nothing(environment: dict[str, str], credentials: Path, url: str) -> None:
    second_import = run(environment, "import", "divisions", str(SAMPLE))

    assert run(environment, "demo", "--credentials", str(credentials)).returncode == 0
    assert "added 0, changed 0" in second_import.stdout


def test_chains_are_intact_after_the_tour(environment: dict[str, str], credentials: Path, url: str) -> None:
    result = run(environment, "chains", "verify")

    assert result.returncode == 0, result.stderr


def test_events_of_the_tour_have_exactly_the_receivers_of_the_catalogue(
    credentials: Path, url: str, settings: Settings
) -> None:
    names, errors = check_receivers(settings)

    assert errors == []
    assert len(names) > 25
    assert {EventName.PROBLEM_REOPENED, EventName.RESIDENCE_REPORT_CONFIRMED, EventName.DOSSIER_HANDED_OVER} <= names


def test_community_received_only_allowed_events(credentials: Path, url: str, settings: Settings) -> None:
    statement = (
        "SELECT DISTINCT event.name FROM event JOIN organisation ON organisation.id = ANY (event.organisation_ids)"
        " WHERE organisation.kind IN ('residents_committee', 'villagers_committee')"
    )
    with psycopg.connect(settings.owner_database_url) as connection:
        names = {name for (name,) in connection.execute(statement)}

    own = (
        "organisation.",
        "posting.",
        "service_client.",
        "endpoint.",
        "place.",
        "place_reading.",
        "fence.",
        "fence_proposal.",
        "inbox_item.",
    )
    of_others = {name for name in names if not name.startswith(own)}
    assert {"visit.checked_out", "problem.raised"} <= of_others
    assert {name for name in of_others if not name.startswith(("problem.", "residence_report."))} <= {
        "visit.checked_out",
        "visit.closed",
    }


def test_inbox_rebuild_after_the_tour_changes_nothing(
    environment: dict[str, str], credentials: Path, url: str, settings: Settings
) -> None:
    _create_open_promise(url, json.loads(credentials.read_text())["passwords"]["demo-cadre"])
    waiting = (
        "SELECT kind, person_id, organisation_id, subject_id, about_id, due_at FROM inbox_item WHERE closed_at IS NULL"
    )
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        before = set(connection.execute(waiting))
        first = run(environment, "inbox", "rebuild")
        connection.execute("DELETE FROM inbox_item")
        second = run(environment, "inbox", "rebuild")
        after = set(connection.execute(waiting))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    counts = {line.partition(" opened ")[2] for line in first.stdout.splitlines() if " opened " in line}
    assert counts == {"0, closed 0"}
    assert after == before
    assert "promise_to_keep" in {row[0] for row in before}


def _create_open_promise(url: str, password: str) -> None:
    """Create an open promise, because the tour leaves no open item; wait until it is in the inbox."""
    with httpx.Client(base_url=url, trust_env=False) as phone:
        signed_in = phone.post("/v1/auth/tokens", json={"login": "demo-cadre", "password": password})
        phone.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        place = phone.get("/v1/places").json()["items"][0]["id"]
        promise = {"place_id": place, "content": "修好路灯", "due_on": "2199-12-31"}
        assert phone.put(f"/v1/promises/{new_id()}", json=promise).status_code == 201
        for _ in range(100):
            if phone.get("/v1/inbox").json()["items"]:
                return
            time.sleep(0.1)
    pytest.fail("the promise did not appear in the inbox")


def test_documentation_needs_no_external_url(url: str) -> None:
    page = httpx.get(f"{url}/docs", trust_env=False).text

    assert "swagger" in page
    assert "://" not in page
    assert httpx.get(f"{url}/static-offline-docs/swagger-ui-bundle.js", trust_env=False).status_code == 200


def test_tour_succeeds_a_second_time(environment: dict[str, str], credentials: Path, url: str) -> None:
    """Last in this file: a second sign-in with a code must wait up to 30 s for the next time step."""
    play_tour(environment, credentials, url)
