"""A member reports to the Party organisation where he or she lives: once, and to one place at a time."""

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
from tests.residence.reports.conftest import BASED_ON_2, HERE, URL, World, refusal, to

MOVED_AWAY = {"reason": "迁出"}
SOMEBODY_WAITS = sa.text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")


async def test_a_report_waits_for_the_organisations_answer(world: World, clock: FakeClock) -> None:
    identifier = new_id()

    answer = await world.phone.put(f"{URL}/{identifier}", json=to(world.branch))

    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.json() == {
        "id": str(identifier),
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


async def test_the_same_report_sent_again_is_one_report(world: World, session: AsyncSession) -> None:
    url = await world.report()

    again = await world.phone.put(url, json=to(world.branch))

    assert again.status_code == 200
    assert again.json() == (await world.phone.get(url)).json()
    assert await build.count(session, Event, subject_id=UUID(url[-36:])) == 1


async def test_the_same_report_sent_by_many_at_once_is_one_report(world: World, session: AsyncSession) -> None:
    url = f"{URL}/{new_id()}"

    answers = await asyncio.gather(*(world.phone.put(url, json=to(world.branch)) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert await build.count(session, Event, subject_id=UUID(url[-36:])) == 1


async def test_a_late_retry_is_recognised_after_the_member_moved_on(world: World) -> None:
    first = await world.report()
    await world.confirm(first)
    await world.phone.put(f"{first}/end", json=MOVED_AWAY, headers=BASED_ON_2)
    await world.report(world.elsewhere)

    late = await world.phone.put(first, json=to(world.branch))

    assert (late.status_code, late.json()["state"]) == (200, "ended")


async def test_the_same_id_to_another_place_is_a_conflict(world: World) -> None:
    url = await world.report()

    answer = await world.phone.put(url, json=to(world.elsewhere))

    assert refusal(answer) == (409, "id.content_differs")


async def test_anothers_id_is_not_there(world: World, api: Caller, session: AsyncSession) -> None:
    url = await world.report()
    stranger = await build.a_person(session)
    await session.commit()

    answer = await api.as_(stranger).put(url, json=to(world.branch))

    assert refusal(answer) == (404, "residence_report.not_found")


async def test_nobody_reports_to_two_places(world: World, session: AsyncSession) -> None:
    living = await world.report()

    answer = await world.phone.put(f"{URL}/{new_id()}", json=to(world.elsewhere))

    assert refusal(answer) == (409, "residence_report.already_reported")
    assert answer.json()["facts"] == {"report_id": living[-36:]}
    assert await build.count(session, ResidenceReport, person_id=world.member.id) == 1


async def test_of_two_reports_at_once_one_lives(world: World, api: Caller, session: AsyncSession) -> None:
    for _ in range(10):
        member = await build.a_person(session)
        await session.commit()
        phone = api.as_(member)

        answers = await asyncio.gather(
            *(phone.put(f"{URL}/{new_id()}", json=to(place)) for place in (world.branch, world.elsewhere) * 2)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert await build.count(session, ResidenceReport, person_id=member.id) == 1


async def test_the_database_refuses_what_the_rule_could_not_see(world: World, session: AsyncSession) -> None:
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

    asking = asyncio.create_task(world.phone.put(f"{URL}/{new_id()}", json=to(world.branch)))
    async with asyncio.timeout(5):
        while not await session.scalar(SOMEBODY_WAITS):
            await asyncio.sleep(0.01)
    await session.commit()

    answer = await asking
    assert refusal(answer) == (409, "residence_report.already_reported")
    assert answer.json()["facts"] == {}


async def test_who_moves_ends_the_report_and_reports_elsewhere(world: World) -> None:
    old = await world.report()
    await world.confirm(old)

    await world.phone.put(f"{old}/end", json=MOVED_AWAY, headers=BASED_ON_2)
    new = await world.report(world.elsewhere)

    mine = (await world.phone.get(URL)).json()["items"]
    assert [(item["id"], item["state"]) for item in mine] == [(new[-36:], "submitted"), (old[-36:], "ended")]


async def test_who_was_sent_back_may_report_again(world: World) -> None:
    returned = await world.report()
    await world.secretary.put(f"{returned}/return", json={"reason": "不住在本社区"}, headers={"If-Match": '"1"'})

    answer = await world.phone.put(f"{URL}/{new_id()}", json=to(world.elsewhere))

    assert answer.status_code == 201


async def test_an_unknown_organisation_is_not_there(world: World) -> None:
    answer = await world.phone.put(f"{URL}/{new_id()}", json={"organisation_id": str(new_id())})

    assert refusal(answer) == (404, "organisation.not_found")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"family": "unit", "kind": "residents_committee", "division_code": HERE}, "not_a_party_organisation"),
        ({"family": "party", "kind": "branch"}, "not_a_community"),
        ({"family": "party", "kind": "party_committee", "division_code": HERE[:9]}, "not_a_community"),
    ],
)
async def test_only_a_communitys_party_organisation_takes_a_report(
    world: World, session: AsyncSession, said: dict[str, str], code: str
) -> None:
    somewhere = await build.an_organisation(session, **said)
    await session.commit()

    answer = await world.phone.put(f"{URL}/{new_id()}", json=to(somewhere))

    assert refusal(answer) == (422, f"residence_report.{code}")
    assert await build.count(session, ResidenceReport, person_id=world.member.id) == 0


async def test_a_system_lives_nowhere(world: World, api: Caller) -> None:
    client = api.as_(world.member, organisation_id=world.branch.id)

    answer = await client.put(f"{URL}/{new_id()}", json=to(world.branch))

    assert refusal(answer) == (403, "access.not_permitted")
