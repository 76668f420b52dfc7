"""Inbox items of problems: readers, due times, closing; conflicts of interest."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.workdays import end_of_workday
from service.identity.tree.tables import Organisation
from service.outward.inbox.tables import InboxItem
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import rebuild_inbox, sweep
from tests.outward.inbox.conftest import inbox, kinds_about
from tests.solving.problems.conftest import ANSWER, World, move_problem, raise_and_answer, raise_problem, world

__all__ = ["world"]
NOT_SATISFIED = {"satisfaction": "not_satisfied", "reason": "只亮了一晚"}


async def test_problem_moves_through_the_inbox_of_its_owner(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    kinds_by_step: list[list[str]] = []

    async def record_kinds(url: str) -> None:
        await drain(run_relay, session)
        kinds_by_step.append(await kinds_about(world.handler, url))

    url, link = await raise_problem(world)
    await record_kinds(url)
    await move_problem(world.handler, url, "acceptance")
    await record_kinds(url)
    await move_problem(world.handler, url, "answer", ANSWER)
    await record_kinds(url)
    await world.api.post(link, data=NOT_SATISFIED)
    await record_kinds(url)
    await move_problem(world.handler, url, "answer", ANSWER)
    await world.api.post(link, data={"satisfaction": "satisfied"})
    await record_kinds(url)
    await move_problem(world.handler, url, "closure")
    await record_kinds(url)

    assert kinds_by_step == [
        ["problem_to_accept"],
        ["problem_to_answer"],
        [],
        ["problem_to_redo"],
        ["problem_to_close"],
        [],
    ]


async def test_item_contains_task_link_and_due_time(
    world: World, run_relay: RunRelay, session: AsyncSession, clock: FakeClock
) -> None:
    url, _ = await raise_problem(world)

    await drain(run_relay, session)

    (item,) = [entry for entry in await inbox(world.handler) if entry["about_id"] == url[-36:]]
    assert item["link"].endswith(url)
    assert (item["organisation_id"], item["person_id"]) == (str(world.owner.id), None)
    assert "受理" in item["what_zh"]
    assert "Accept" in item["what_en"]
    assert item["due_at"] == end_of_workday(clock(), 1).astimezone(clock().tzinfo).isoformat().replace("+00:00", "Z")


async def test_overdue_item_keeps_its_due_time_after_the_timer_fired(
    world: World, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    url, _ = await raise_problem(world)
    await drain(run_relay, session)
    before = await inbox(world.handler)

    await sweep(engine, clock() + timedelta(days=2))
    await drain(run_relay, session)
    await rebuild_inbox(engine, clock() + timedelta(days=2))

    assert [item["about_id"] for item in before] == [url[-36:]]
    assert await inbox(world.handler) == before


async def test_problem_without_route_is_in_the_inbox_of_the_dispatcher(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    url, _ = await raise_problem(world, category_code="other")
    await drain(run_relay, session)
    before = (await kinds_about(world.desk, url), await kinds_about(world.handler, url))

    await move_problem(world.desk, url, "owner", {"organisation_id": str(world.owner.id)})
    await drain(run_relay, session)

    assert before == (["problem_to_dispatch"], [])
    assert (await kinds_about(world.desk, url), await kinds_about(world.handler, url)) == ([], ["problem_to_accept"])


async def test_dispatched_problem_moves_to_the_inbox_of_the_new_owner(
    world: World, run_relay: RunRelay, session: AsyncSession, api: Caller
) -> None:
    other = await build.an_organisation(session)
    handler = api.as_(await somebody(session, Role.HANDLER, other))
    await session.commit()
    url, _ = await raise_problem(world)
    await drain(run_relay, session)

    await move_problem(world.desk, url, "owner", {"organisation_id": str(other.id)})
    await drain(run_relay, session)

    assert await kinds_about(world.handler, url) == []
    assert await kinds_about(handler, url) == ["problem_to_accept"]


async def test_task_done_before_the_relay_ran_opens_no_item(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    await drain(run_relay, session)
    url, _ = await raise_and_answer(world)

    await drain(run_relay, session)

    assert await build.count(session, InboxItem, about_id=UUID(url[-36:])) == 0


@pytest.fixture
async def accusation(world: World, session: AsyncSession, run_relay: RunRelay) -> tuple[str, dict[str, Caller]]:
    """An accusation against a department of the owner, where a handler of the owner also has a posting."""
    office = await build.an_organisation(session, under=world.owner)
    handling = await somebody(session, Role.HANDLER, world.owner)
    await build.a_posting(session, handling, office, Role.CADRE)
    twice = await somebody(session, Role.DISPATCHER, await _city(session, world))
    await build.a_posting(session, twice, world.community, Role.CADRE)
    await build.a_posting(session, twice, world.owner, Role.ORGAN_COMMITTEE_OFFICER)
    await session.commit()
    url, _ = await raise_problem(world, accused_ids=[str(office.id), str(world.community.id)])
    await drain(run_relay, session)
    barred = {"handling": world.api.as_(handling), "twice": world.api.as_(twice), "secretary": world.secretary}
    return url, barred


async def _city(session: AsyncSession, world: World) -> Organisation:
    city = await session.get(Organisation, world.owner.parent_id)
    assert city is not None
    return city


async def test_accusation_is_not_in_inbox_or_feed_of_barred_persons(
    world: World, accusation: tuple[str, dict[str, Caller]]
) -> None:
    url, barred = accusation

    assert await kinds_about(world.handler, url) == ["problem_to_accept"]
    for name, caller in barred.items():
        assert await kinds_about(caller, url) == [], name
        feed = (await caller.get("/v1/feed", params={"limit": 200})).json()
        assert url[-36:] not in str(feed), name


async def test_item_about_an_accusation_is_not_found_by_barred_persons(
    accusation: tuple[str, dict[str, Caller]], session: AsyncSession
) -> None:
    url, barred = accusation
    item_id = (await session.exec(select(InboxItem.id).where(InboxItem.about_id == UUID(url[-36:])))).one()

    for name, caller in barred.items():
        answer = await caller.get(f"/v1/inbox/{item_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "inbox_item.not_found"), name


async def test_accusation_against_the_raising_organ_goes_to_a_dispatcher_above(
    world: World, session: AsyncSession, run_relay: RunRelay
) -> None:
    url, _ = await raise_problem(world, category_code="other", accused_ids=[str(world.organ.id)])

    await drain(run_relay, session)

    statement = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), col(InboxItem.closed_at).is_(None))
    (item,) = (await session.exec(statement)).all()
    assert item.organisation_id == world.organ.parent_id
    assert await kinds_about(world.desk, url) == ["problem_to_dispatch"]


async def test_item_closes_when_a_link_bars_its_organisation(
    world: World, session: AsyncSession, run_relay: RunRelay, engine: AsyncEngine, clock: FakeClock
) -> None:
    accused = await build.an_organisation(session, under=await _city(session, world))
    await session.commit()
    url, _ = await raise_problem(world, accused_ids=[str(accused.id)])
    await drain(run_relay, session)
    before = await kinds_about(world.handler, url)
    await build.a_link(session, LinkKind.BELONGS_TO, world.owner, accused)
    await session.commit()

    await rebuild_inbox(engine, clock())

    open_items = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), col(InboxItem.closed_at).is_(None))
    assert before == ["problem_to_accept"]
    assert (await session.exec(open_items)).all() == []


async def test_item_refers_to_its_source_event_and_records_two_events(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    url, _ = await raise_problem(world)
    await drain(run_relay, session)
    await move_problem(world.handler, url, "acceptance")
    await drain(run_relay, session)

    statement = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), InboxItem.kind == "problem_to_accept")
    item = (await session.exec(statement)).one()
    source = await session.get(Event, item.event_id)
    events: Any = (await session.exec(select(Event).where(Event.subject_id == item.id).order_by(col(Event.id)))).all()
    assert source is not None
    assert (source.name, str(source.subject_id)) == ("problem.dispatched", url[-36:])
    assert [event.name for event in events] == ["inbox_item.opened", "inbox_item.closed"]
    assert events[0].payload["kind"] == "problem_to_accept"
