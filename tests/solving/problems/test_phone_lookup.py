"""Lookup by phone number: dispatchers only, every lookup logged."""

from uuid import UUID

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.solving.problems.tables import ProblemContact
from tests import build
from tests.conftest import Caller
from tests.solving.problems.conftest import CONTACT, World, raise_problem

URL = "/v1/problems/lookups"


def lookup_body(phone: str = CONTACT["phone"]) -> dict[str, str]:
    return {"phone": phone, "reason": "来电查询进度"}


@pytest.mark.parametrize("notation", ["13912345678", "+86 139-1234-5678", "0086 13912345678"])
async def test_lookup_by_the_dispatcher_finds_all_problems_of_a_phone(world: World, notation: str) -> None:
    first, _ = await raise_problem(world, contact=CONTACT)
    second, _ = await raise_problem(world, contact=CONTACT | {"phone": "+86 139 1234 5678"})
    await raise_problem(world, contact=CONTACT | {"phone": "13912345679"})

    answer = await world.desk.post(URL, json=lookup_body(notation))

    assert [item["id"] for item in answer.json()["items"]] == [second[-36:], first[-36:]]
    assert CONTACT["name"] not in answer.text
    assert CONTACT["phone"] not in answer.text


@pytest.mark.parametrize("who", ["phone", "secretary", "handler"])
async def test_lookup_by_other_roles_is_refused(world: World, who: str) -> None:
    await raise_problem(world, contact=CONTACT)

    answer = await getattr(world, who).post(URL, json=lookup_body())

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


async def test_lookup_by_a_dispatcher_elsewhere_finds_nothing(world: World, session: AsyncSession, api: Caller) -> None:
    await raise_problem(world, contact=CONTACT)
    desk = await build.a_person(session)
    await build.a_posting(session, desk, await build.an_organisation(session), "dispatcher")
    await session.commit()

    answer = await api.as_(desk).post(URL, json=lookup_body())

    assert answer.json() == {"items": []}


async def test_lookup_is_logged_with_reason_and_results_without_the_number(world: World, settings: Settings) -> None:
    url, _ = await raise_problem(world, contact=CONTACT)

    await world.desk.post(URL, json=lookup_body())

    with psycopg.connect(settings.owner_database_url) as connection:
        row = connection.execute(
            "SELECT facts FROM access_log WHERE action = 'problem.looked_up' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert row[0] == {"reason": "来电查询进度", "problem_ids": url[-36:]}


async def test_text_that_is_no_phone_is_stored_but_refused_in_a_lookup(world: World, session: AsyncSession) -> None:
    url, _ = await raise_problem(world, contact=CONTACT | {"phone": "(1) 2-3"})

    answer = await world.desk.post(URL, json=lookup_body("(1) 2-3"))

    await set_rls_purpose(session, Purpose.UPKEEP)
    row = await session.get(ProblemContact, UUID(url[-36:]))
    assert row is not None
    assert row.phone_index is None
    assert (answer.status_code, answer.json()["code"]) == (422, "problem.phone_unreadable")
