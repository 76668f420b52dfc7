"""Submit a residence report: once, and to one organisation at a time."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.residence.reports.tables import ResidenceReport
from tests import build
from tests.conftest import Caller, FakeClock
from tests.residence.reports.conftest import BASED_ON_2, HERE, URL, World, refusal, report_body

MOVED_AWAY = {"reason": "迁出"}
IS_LOCK_AWAITED = sa.text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")


async def test_submit_creates_report_in_state_submitted(world: World, clock: FakeClock) -> None:
    report_id = new_id()

    answer = await world.phone.put(f"{URL}/{report_id}", json=report_body(world.branch))

    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.json() == {
        "id": str(report_id),
        "person_id": str(world.member.id),
        "organisation_id": str(world.branch.id),
        "state": "submitted",
        "submitted_at": clock().isoformat().replace("+00:00", "Z"),
        "decided_at": None,
        "return_reason": None,
        "ended_at": None,
        "end_reason": None,
        "version": 1,
    }


async def test_submit_repeated_request_creates_one_report(world: World, session: AsyncSession) -> None:
    url = await world.report()

    again = await world.phone.put(url, json=report_body(world.branch))

    assert again.status_code == 200
    assert again.json() == (await world.phone.get(url)).json()
    assert await build.count(session, Event, subject_id=UUID(url[-36:])) == 1


async def test_submit_concurrent_repeats_create_one_report(world: World, session: AsyncSession) -> None:
    url = f"{URL}/{new_id()}"

    answers = await asyncio.gather(*(world.phone.put(url, json=report_body(world.branch)) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert await build.count(session, Event, subject_id=UUID(url[-36:])) == 1


async def test_submit_late_retry_after_a_move_returns_first_report(world: World) -> None:
    first = await world.report()
    await world.confirm(first)
    await world.phone.put(f"{first}/end", json=MOVED_AWAY, headers=BASED_ON_2)
    await world.report(world.elsewhere)

    late = await world.phone.put(first, json=report_body(world.branch))

    assert (late.status_code, late.json()["state"]) == (200, "ended")


async def test_submit_same_id_to_other_organisation_is_conflict(world: World) -> None:
    url = await world.report()

    answer = await world.phone.put(url, json=report_body(world.elsewhere))

    assert refusal(answer) == (409, "id.content_differs")


async def test_submit_with_id_of_other_member_is_not_found(world: World, api: Caller, session: AsyncSession) -> None:
    url = await world.report()
    stranger = await build.a_person(session)
    await session.commit()

    answer = await api.as_(stranger).put(url, json=report_body(world.branch))

    assert refusal(answer) == (404, "residence_report.not_found")


async def test_submit_second_report_while_first_is_live_is_refused(world: World, session: AsyncSession) -> None:
    live_url = await world.report()

    answer = await world.phone.put(f"{URL}/{new_id()}", json=report_body(world.elsewhere))

    assert refusal(answer) == (409, "residence_report.already_reported")
    assert answer.json()["facts"] == {"report_id": live_url[-36:]}
    assert await build.count(session, ResidenceReport, person_id=world.member.id) == 1


async def test_submit_concurrent_reports_of_member_only_one_succeeds(
    world: World, api: Caller, session: AsyncSession
) -> None:
    for _ in range(10):
        member = await build.a_person(session)
        await session.commit()
        phone = api.as_(member)

        answers = await asyncio.gather(
            *(phone.put(f"{URL}/{new_id()}", json=report_body(place)) for place in (world.branch, world.elsewhere) * 2)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert await build.count(session, ResidenceReport, person_id=member.id) == 1


async def test_submit_during_uncommitted_report_is_refused_by_unique_index(world: World, session: AsyncSession) -> None:
    session.add(
        ResidenceReport(
            id=new_id(),
            person_id=world.member.id,
            organisation_id=world.elsewhere.id,
            state="submitted",
            submitted_at=build.rows.LONG_AGO,
            request_fingerprint=b"",
        )
    )
    await session.flush()

    pending_request = asyncio.create_task(world.phone.put(f"{URL}/{new_id()}", json=report_body(world.branch)))
    async with asyncio.timeout(5):
        while not await session.scalar(IS_LOCK_AWAITED):
            await asyncio.sleep(0.01)
    await session.commit()

    answer = await pending_request
    assert refusal(answer) == (409, "residence_report.already_reported")
    assert answer.json()["facts"] == {}


async def test_submit_after_end_to_other_organisation_is_accepted(world: World) -> None:
    old = await world.report()
    await world.confirm(old)

    await world.phone.put(f"{old}/end", json=MOVED_AWAY, headers=BASED_ON_2)
    new = await world.report(world.elsewhere)

    items = (await world.phone.get(URL)).json()["items"]
    assert [(item["id"], item["state"]) for item in items] == [(new[-36:], "submitted"), (old[-36:], "ended")]


async def test_submit_after_return_is_accepted(world: World) -> None:
    returned = await world.report()
    await world.secretary.put(f"{returned}/return", json={"reason": "不住在本社区"}, headers={"If-Match": '"1"'})

    answer = await world.phone.put(f"{URL}/{new_id()}", json=report_body(world.elsewhere))

    assert answer.status_code == 201


async def test_submit_to_unknown_organisation_is_not_found(world: World) -> None:
    answer = await world.phone.put(f"{URL}/{new_id()}", json={"organisation_id": str(new_id())})

    assert refusal(answer) == (404, "organisation.not_found")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"family": "unit", "kind": "residents_committee", "division_code": HERE}, "not_a_party_organisation"),
        ({"family": "party", "kind": "branch"}, "not_a_community"),
        ({"family": "party", "kind": "party_committee", "division_code": HERE[:9]}, "not_a_community"),
    ],
)
async def test_submit_to_other_than_party_organisation_of_community_is_refused(
    world: World, session: AsyncSession, fields: dict[str, str], code: str
) -> None:
    organisation = await build.an_organisation(session, **fields)
    await session.commit()

    answer = await world.phone.put(f"{URL}/{new_id()}", json=report_body(organisation))

    assert refusal(answer) == (422, f"residence_report.{code}")
    assert await build.count(session, ResidenceReport, person_id=world.member.id) == 0


async def test_submit_by_service_client_is_refused(world: World, api: Caller) -> None:
    client = api.as_(world.member, organisation_id=world.branch.id)

    answer = await client.put(f"{URL}/{new_id()}", json=report_body(world.branch))

    assert refusal(answer) == (403, "access.not_permitted")
