"""Own state of a contact point: plans and visits of the leader and the expected number."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit, VisitCompanion
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from tests import build
from tests.conftest import START
from tests.ground.conftest import World, refusal, world

__all__ = ["world"]
KEY = RuleKey.CONTACT_POINT_EXPECTED_VISITS_A_YEAR
NEXT_YEAR = datetime.fromisoformat("2027-01-01T00:30:00+08:00")
"""It is still 2026 in UTC."""


def a_visit(world: World, person: Person, at: datetime) -> Visit:
    return Visit(
        id=new_id(),
        person_id=person.id,
        organisation_id=world.bureau.id,
        place_id=world.place.id,
        state="ended",
        checked_in_at=at,
        checked_out_at=at,
        presence="unverified",
        presence_reasons=[],
        request_fingerprint=b"",
    )


def a_plan(world: World, at: datetime, **columns: Any) -> VisitPlan:
    return VisitPlan(
        **{
            "id": new_id(),
            "person_id": world.leader.id,
            "organisation_id": world.bureau.id,
            "place_id": world.place.id,
            "from_at": at,
            "until_at": at + timedelta(hours=2),
            "is_announced": True,
            "state": "planned",
            "created_at": START,
            "request_fingerprint": b"",
        }
        | columns
    )


async def own_state(world: World, url: str) -> dict[str, Any]:
    answer = await world.leader_phone.get(f"{url}/own-state")
    assert answer.status_code == 200, answer.text
    state: dict[str, Any] = answer.json()
    return state


async def test_own_state_without_a_local_rule_expects_no_visits(world: World) -> None:
    url = await world.start()

    state = await own_state(world, url)

    assert (state["expected_visits_a_year"], state["rule"]) == (None, None)
    assert state["years"] == [{"year": 2026, "planned": 0, "visited": 0}]


async def test_own_state_names_the_rule_of_the_expected_visits(world: World, session: AsyncSession) -> None:
    rule = await build.a_local_rule(session, world.bureau, KEY, 4)
    await session.commit()

    state = await own_state(world, await world.start())

    assert (state["expected_visits_a_year"], state["rule"]["id"]) == (4, str(rule.id))
    assert state["rule"]["source"] == rule.source


async def test_own_state_counts_plans_and_visits_of_the_term_by_beijing_year(
    world: World, session: AsyncSession
) -> None:
    url = await world.start()
    joined = a_visit(world, world.successor, START)
    session.add_all(
        [
            a_visit(world, world.leader, START),
            a_visit(world, world.leader, NEXT_YEAR),
            a_visit(world, world.leader, datetime.fromisoformat("2026-10-31T23:00:00+08:00")),
            a_visit(world, world.successor, START),
            joined,
            a_plan(world, START),
            a_plan(world, START, state="cancelled", cancel_reason="值班"),
        ]
    )
    await session.flush()
    companion = {"id": new_id(), "visit_id": joined.id, "person_id": world.leader.id, "notified_at": START}
    session.add(VisitCompanion(state="notified", **companion))
    await session.commit()

    assert (await own_state(world, url))["years"] == [{"year": 2026, "planned": 1, "visited": 2}]


async def test_own_state_is_visible_to_the_leader_only(world: World) -> None:
    url = await world.start()

    for other in (world.officer, world.county_officer, world.host, world.stranger):
        assert refusal(await other.get(f"{url}/own-state")) == (404, "contact_point.not_found")
