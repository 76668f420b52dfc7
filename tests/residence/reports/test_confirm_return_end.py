"""Confirm and return a report (the organisation), end it (the member), as the table allows."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events.reports import ResidenceReportPayload
from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.residence.reports.tables import ResidenceReport
from tests import build
from tests.conftest import Caller, FakeClock
from tests.residence.reports.conftest import BASED_ON_1, BASED_ON_2, World, refusal

REASON = {"reason": "不住在本社区"}
MOVED_AWAY = {"reason": "迁出"}
BODIES: dict[str, dict[str, str]] = {"confirmation": {}, "return": REASON, "end": MOVED_AWAY}


async def list_events(session: AsyncSession, url: str) -> list[Event]:
    statement = select(Event).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


async def test_confirm_by_secretary_sets_state_and_emits_event(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    url = await world.report()

    answer = await world.secretary.put(f"{url}/confirmation", headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "confirmed", '"2"')
    assert answer.json()["decided_at"] == clock().isoformat().replace("+00:00", "Z")
    assert [event.name for event in await list_events(session, url)] == [
        "residence_report.submitted",
        "residence_report.confirmed",
    ]


async def test_return_by_secretary_stores_reason_and_emits_event(world: World, session: AsyncSession) -> None:
    url = await world.report()

    answer = await world.secretary.put(f"{url}/return", json=REASON, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["state"]) == (200, "returned")
    assert (await world.phone.get(url)).json()["return_reason"] == REASON["reason"]
    assert (await list_events(session, url))[-1].name == "residence_report.returned"


async def test_end_by_member_keeps_time_of_confirmation(world: World, session: AsyncSession, clock: FakeClock) -> None:
    url = await world.report()
    await world.confirm(url)
    confirmed_at = (await world.phone.get(url)).json()["decided_at"]
    clock.move(minutes=1)

    answer = await world.phone.put(f"{url}/end", json=MOVED_AWAY, headers=BASED_ON_2)

    assert (answer.status_code, answer.json()["state"]) == (200, "ended")
    assert (answer.json()["end_reason"], answer.json()["decided_at"]) == ("迁出", confirmed_at)
    assert (await list_events(session, url))[-1].name == "residence_report.ended"


async def test_end_before_decision_counts_as_decided_by_member(world: World, session: AsyncSession) -> None:
    url = await world.report()

    answer = await world.phone.put(f"{url}/end", json={"reason": "报错了"}, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["state"]) == (200, "ended")
    row = await session.get_one(ResidenceReport, UUID(url[-36:]))
    assert row.decided_by == world.member.id


async def test_events_are_addressed_to_member_and_branch_and_carry_the_state(
    world: World, session: AsyncSession
) -> None:
    url = await world.report()
    await world.confirm(url)
    await world.phone.put(f"{url}/end", json=MOVED_AWAY, headers=BASED_ON_2)

    events = await list_events(session, url)

    states = [ResidenceReportPayload.model_validate(event.payload).state for event in events]
    assert states == ["submitted", "confirmed", "ended"]
    assert {tuple(event.organisation_ids) for event in events} == {(world.branch.id,)}
    assert {tuple(event.person_ids) for event in events} == {(world.member.id,)}


@pytest.mark.parametrize("verb", ["confirmation", "return", "end"])
async def test_transition_repeated_changes_nothing(world: World, session: AsyncSession, verb: str) -> None:
    url = await world.report()
    caller = world.phone if verb == "end" else world.secretary

    first, again = [await caller.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_1) for _ in range(2)]

    assert (first.status_code, again.status_code, again.headers["etag"]) == (200, 200, '"2"')
    assert first.json() == again.json()
    assert len(await list_events(session, url)) == 2


async def test_transition_not_in_table_is_refused_with_possible_verbs(world: World) -> None:
    url = await world.report()
    await world.confirm(url)

    answer = await world.secretary.put(f"{url}/return", json=REASON, headers=BASED_ON_2)

    assert refusal(answer) == (409, "residence_report.not_possible")
    assert answer.json()["facts"] == {"state": "confirmed", "verb": "return", "possible": ["end"]}
    assert (await world.phone.get(url)).json()["state"] == "confirmed"


async def test_return_again_with_other_reason_is_refused(world: World) -> None:
    url = await world.report()
    await world.secretary.put(f"{url}/return", json=REASON, headers=BASED_ON_1)

    answer = await world.secretary.put(f"{url}/return", json={"reason": "别的原因"}, headers=BASED_ON_2)

    assert refusal(answer) == (409, "residence_report.over")
    assert "请本人重新报到" in answer.json()["title"]


async def test_confirm_and_return_concurrently_only_one_succeeds(world: World, session: AsyncSession) -> None:
    for _ in range(10):
        url = await world.report()

        confirmed, returned = await asyncio.gather(
            world.secretary.put(f"{url}/confirmation", headers=BASED_ON_1),
            world.secretary.put(f"{url}/return", json=REASON, headers=BASED_ON_1),
        )

        assert sorted([confirmed.status_code, returned.status_code]) == [200, 409]
        assert len(await list_events(session, url)) == 2
        await world.phone.put(f"{url}/end", json=MOVED_AWAY, headers=BASED_ON_2)


@pytest.mark.parametrize("verb", ["confirmation", "return", "end"])
async def test_transition_needs_current_version(world: World, verb: str) -> None:
    url = await world.report()
    caller = world.phone if verb == "end" else world.secretary

    without_version = await caller.put(f"{url}/{verb}", json=BODIES[verb])
    stale = await caller.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_2)

    assert refusal(without_version) == (428, "version.missing")
    assert refusal(stale) == (412, "version.stale")
    assert (await world.phone.get(url)).json()["state"] == "submitted"


@pytest.mark.parametrize(
    ("verb", "body"), [("return", {}), ("return", {"reason": " "}), ("end", {}), ("confirmation", {"reason": "好"})]
)
async def test_transition_with_invalid_reason_field_is_refused(world: World, verb: str, body: dict[str, str]) -> None:
    url = await world.report()
    caller = world.phone if verb == "end" else world.secretary

    answer = await caller.put(f"{url}/{verb}", json=body, headers=BASED_ON_1)

    assert refusal(answer) == (422, "request.invalid")


@pytest.mark.parametrize("verb", ["confirmation", "return"])
async def test_member_cannot_decide_own_report_even_as_secretary(
    world: World, session: AsyncSession, verb: str
) -> None:
    url = await world.report()
    as_member = await world.phone.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_1)
    await build.a_posting(session, world.member, world.branch, Role.COMMUNITY_SECRETARY)
    await session.commit()

    as_secretary = await world.phone.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_1)

    assert refusal(as_member) == refusal(as_secretary) == (403, "access.not_permitted")


@pytest.mark.parametrize("verb", ["confirmation", "return"])
async def test_service_client_of_branch_cannot_decide(
    world: World, api: Caller, session: AsyncSession, verb: str
) -> None:
    url = await world.report()
    client = api.as_(await build.a_person(session), organisation_id=world.branch.id)

    answer = await client.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_1)

    assert refusal(answer) == (403, "access.not_permitted")


async def test_end_by_secretary_is_refused(world: World) -> None:
    url = await world.report()
    await world.confirm(url)

    answer = await world.secretary.put(f"{url}/end", json=MOVED_AWAY, headers=BASED_ON_2)

    assert refusal(answer) == (403, "access.not_permitted")


@pytest.mark.parametrize("verb", ["confirmation", "return", "end"])
async def test_transition_by_secretary_of_other_community_is_not_found(world: World, verb: str) -> None:
    url = await world.report()

    answer = await world.secretary_elsewhere.put(f"{url}/{verb}", json=BODIES[verb], headers=BASED_ON_1)

    assert refusal(answer) == (404, "residence_report.not_found")
