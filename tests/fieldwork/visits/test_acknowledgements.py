"""Acknowledgement of a visit by the organisation responsible for its place."""

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World, check_out, ended_visit_of, event_names


async def test_acknowledgement_verifies_a_visit_without_a_position(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    secretary = api.as_(people["secretary"])
    early = await secretary.put(f"{visit}/acknowledgement")
    await check_out(world, visit, clock, minutes=30)

    acknowledged = await secretary.put(f"{visit}/acknowledgement")
    again = await secretary.put(f"{visit}/acknowledgement")

    assert early.status_code == 404
    assert (acknowledged.status_code, again.status_code) == (204, 204)
    visit_out = (await world.phone.get(visit)).json()
    assert visit_out["presence"] == "verified"
    assert visit_out["presence_reasons"] == ["position_missing", "acknowledged_by_place"]
    assert (await event_names(session, visit[-36:])).count("visit.acknowledged") == 1


async def test_acknowledgement_by_visitor_or_officer_is_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await check_out(world, visit, clock, minutes=30)

    by_officer = await api.as_(people["officer"]).put(f"{visit}/acknowledgement")
    by_visitor = await world.phone.put(f"{visit}/acknowledgement")

    assert {answer.json()["code"] for answer in (by_officer, by_visitor)} == {"access.not_permitted"}


async def test_acknowledgement_of_an_own_visit_is_refused(
    world: World, session: AsyncSession, api: Caller, people: dict[str, Person], clock: FakeClock
) -> None:
    await build.a_posting(session, people["secretary"], world.organ, Role.CADRE)
    await session.commit()
    secretary = api.as_(people["secretary"])
    url = await ended_visit_of(secretary, world, clock)

    rejection = await secretary.put(f"{url}/acknowledgement")

    assert (rejection.status_code, rejection.json()["code"]) == (403, "access.not_permitted")
