"""Data export: all data about the caller with basis and retention, no rows of others, no secrets."""

from sqlmodel.ext.asyncio.session import AsyncSession

from service.domains import DOMAINS
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock
from tests.solving.problems.conftest import CONTACT, World, raise_problem

URL = "/v1/me/data"
NOTICE = {"notice_version": "2026-1"}


async def rows(caller: Caller) -> dict[str, list[dict[str, object]]]:
    answer = await caller.get(URL)
    assert answer.status_code == 200, answer.text
    return {table["table"]: table["rows"] for table in answer.json()["tables"]}


async def test_export_contains_own_actions_and_data_about_caller(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    await raise_problem(world, contact=CONTACT, description="三号楼门口路灯不亮")
    await world.phone.put("/v1/me/consents/keep_positions", json=NOTICE)
    now = clock().isoformat()
    position = {"longitude_deg": 118.8, "latitude_deg": 32.06, "accuracy_m": 9, "datum": "wgs84", "captured_at": now}
    body = {"place_id": str(world.place.id), "checked_in_at": now, "position": position}
    assert (await world.phone.put(f"/v1/visits/{new_id()}", json=body)).status_code == 201

    tables = await rows(world.phone)

    assert tables["person"][0]["name"] == world.cadre.name
    assert [row["role"] for row in tables["posting"]] == ["cadre"]
    assert tables["problem"][0]["description"] == "三号楼门口路灯不亮"
    assert tables["visit_position"][0]["position"] == "POINT(118.8 32.06)"
    assert tables["consent"][0]["purpose"] == "keep_positions"
    assert tables.keys() == {name for name, record in DOMAINS.records.items() if record.own}


async def test_export_contains_no_other_person_resident_or_secret(world: World, settings: Settings) -> None:
    await raise_problem(world, contact=CONTACT)

    answer = await world.handler.get(URL)

    assert CONTACT["phone"] not in answer.text
    assert CONTACT["name"] not in answer.text
    assert str(world.cadre.id) not in answer.text
    assert not {"request_fingerprint", "password_hash"} & {
        key for table in answer.json()["tables"] for row in table["rows"] for key in row
    }
    assert {"access_log", "problem_contact"} <= answer.json()["elsewhere"].keys()


async def test_export_states_legal_basis_and_retention(world: World) -> None:
    tables = {table["table"]: table for table in (await world.phone.get(URL)).json()["tables"]}

    assert "90 天" in tables["visit_position"]["retention"]
    assert "同意" in tables["visit_position"]["basis_zh"]


async def test_table_longer_than_page_continues_with_cursor(world: World, session: AsyncSession, api: Caller) -> None:
    person = await build.a_person(session)
    organisation = await build.an_organisation(session)
    for _ in range(203):
        await build.a_posting(session, person, organisation, "cadre")
    await session.commit()
    caller = api.as_(person)

    first = next(t for t in (await caller.get(URL)).json()["tables"] if t["table"] == "posting")
    rest = (await caller.get(f"{URL}/posting", params={"cursor": first["next_cursor"]})).json()

    assert (len(first["rows"]), len(rest["rows"]), rest["next_cursor"]) == (200, 3, None)
    assert len({row["id"] for row in first["rows"] + rest["rows"]}) == 203


async def test_client_system_unknown_table_and_bad_cursor_are_refused(
    world: World, county: County, api: Caller
) -> None:
    system = api.as_(county.cadre, county.community.id)

    answers = [
        await system.get(URL),
        await world.phone.get(f"{URL}/problem_contact"),
        await world.phone.get(f"{URL}/pg_class"),
        await world.phone.get(f"{URL}/visit", params={"cursor": "WyJ4Il0"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 404, 400]


async def test_export_is_recorded_in_access_log(world: World, settings: Settings) -> None:
    await world.phone.get(URL)

    me = str(world.cadre.id)
    assert access_log(settings, world.cadre.id)[-1] == ("own_data.read", me)
