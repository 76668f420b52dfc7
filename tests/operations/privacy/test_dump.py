"""A database dump contains no readable phone number and no resident's name."""

import base64
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import OUTWARD
from service.foundation.crypto import Keys
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.database.backup import dump
from service.operations.worker.jobs import Tools
from tests import build
from tests.build.contact_points import a_contact_point
from tests.conftest import FakeClock
from tests.operations.worker.conftest import RunRelay, drain, jobs, run_relay
from tests.operations.worker.steps import tools_of
from tests.solving.problems.conftest import ANSWER, World, move_problem, raise_and_answer, raise_problem

__all__ = ["jobs", "run_relay"]
NAME, PHONE, LANDLINE = "诸葛秀英", "13987654321", "025-83619999"
HOUSEHOLD = {"name": "欧阳桂兰", "phone": "13876543210"}
PHONES = re.compile(rb"(?<![0-9A-Za-z])(\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9A-Za-z])")
"""Anything that looks like a mobile phone number."""


def forms(text: str) -> set[bytes]:
    """The encodings in which a text could appear in a dump."""
    plain = text.encode()
    digits = re.sub(r"\D", "", text).encode()
    escaped = text.encode("unicode_escape")
    encoded = {base64.b64encode(plain).rstrip(b"="), plain.hex().encode(), escaped}
    return {plain, *encoded} | ({digits} if len(digits) > 7 else set())


@pytest.fixture
def tools(engine: AsyncEngine, settings: Settings, keys: Keys, clock: FakeClock) -> Tools:
    return tools_of(engine, settings, keys, clock)


@pytest.fixture
async def story(
    world: World,
    session: AsyncSession,
    run_relay: RunRelay,
    jobs: App,
    tools: Tools,
) -> None:
    """A problem with a contact in all its states, a webhook that fails, a household of a contact point."""
    contact = {"name": NAME, "phone": PHONE}
    await build.a_consent(session, world.cadre)
    point = a_contact_point(world.cadre, world.place)
    session.add(point)
    await session.commit()
    names = [name for name in OUTWARD if name.startswith("problem.")]
    endpoint: dict[str, object] = {"url": "http://127.0.0.1:9/", "event_names": names}
    endpoint["organisation_id"] = str(world.community.id)
    assert (await world.secretary.put(f"/v1/endpoints/{new_id()}", json=endpoint)).status_code == 201
    url, link = await raise_and_answer(world, contact=contact)
    await raise_problem(world, contact={"name": NAME, "phone": LANDLINE})
    await world.phone.put(f"/v1/problems/{new_id()}", json=world.problem_body(contact=contact | {"age": 70}))
    await world.handler.post(f"{url}/reveals", json={"reason": "上门前联系"})
    await world.desk.post("/v1/problems/lookups", json={"phone": PHONE, "reason": "来电查询"})
    await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "只亮了一晚"})
    await move_problem(world.handler, url, "answer", ANSWER | {"answer": "更换了整条线路。"})
    await world.api.post(link, data={"satisfaction": "satisfied"})
    await move_problem(world.handler, url, "closure")
    await world.phone.delete("/v1/me/consents/keep_positions")
    households = f"/v1/contact-points/{point.id}/households"
    agreed = {"contact": HOUSEHOLD, "agreed_on": "2026-11-20", "notice_version": "2026-1"}
    assert (await world.phone.put(f"{households}/{new_id()}", json=agreed)).status_code == 204
    assert (await world.phone.get(households)).json()["items"][0]["contact"] == HOUSEHOLD
    await drain(run_relay, session)
    await jobs.run_worker_async(
        wait=False,
        install_signal_handlers=False,
        listen_notify=False,
        additional_context={"tools": tools},
    )


def plain_dump(settings: Settings, path: Path) -> bytes:
    dump(settings.owner_database_url, path)
    return subprocess.run(["pg_restore", "--file=-", str(path)], capture_output=True, check=True).stdout


@pytest.mark.usefixtures("story")
def test_dump_contains_no_readable_phone_number_or_name(settings: Settings, tmp_path: Path) -> None:
    plain = plain_dump(settings, tmp_path / "backup")

    deliveries = re.findall(rb"COPY public\.delivery_20\S+ .*\n(?!\\\.)", plain)
    assert deliveries
    assert re.findall(rb"COPY public\.contact_household .*\n(?!\\\.)", plain)
    for table in (b"problem_contact", b"access_log", b"delivery", b"procrastinate_jobs", b"event", b"purge"):
        assert b"COPY public." + table in plain
    assert [
        form for text in (NAME, PHONE, LANDLINE, *HOUSEHOLD.values()) for form in forms(text) if form in plain
    ] == []
    assert [match[0] for match in PHONES.finditer(plain)] == []


@pytest.mark.usefixtures("story")
def test_database_is_configured_to_log_no_values(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        values = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("log_parameter_max_length", "log_parameter_max_length_on_error", "log_error_verbosity")
        ]

    assert values == [("0",), ("0",), ("terse",)]


@pytest.mark.parametrize("spelling", [PHONE, "139 8765 4321", "+86-139-8765-4321"])
def test_phone_pattern_matches_usual_spellings(spelling: str) -> None:
    assert PHONES.search(f"COPY\t{spelling}\t\\N".encode())
