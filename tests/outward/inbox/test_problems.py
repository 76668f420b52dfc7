"""A problem stands in the inbox of whoever must move it next, until when, once; and leaves it when it is moved."""

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
from tests.operations.worker.conftest import Follow, drain
from tests.operations.worker.steps import rebuild_inbox, sweep
from tests.outward.inbox.conftest import inbox, kinds_about
from tests.solving.problems.conftest import ANSWER, World, answered, do, raised, world

__all__ = ["world"]
NOT_SATISFIED = {"satisfaction": "not_satisfied", "reason": "只亮了一晚"}


async def test_a_problem_walks_through_the_inbox_of_its_owner(
    world: World, follow: Follow, session: AsyncSession
) -> None:
    steps: list[list[str]] = []

    async def told(url: str) -> None:
        await drain(follow, session)
        steps.append(await kinds_about(world.handler, url))

    url, link = await raised(world)
    await told(url)
    await do(world.handler, url, "acceptance")
    await told(url)
    await do(world.handler, url, "answer", ANSWER)
    await told(url)
    await world.api.post(link, data=NOT_SATISFIED)
    await told(url)
    await do(world.handler, url, "answer", ANSWER)
    await world.api.post(link, data={"satisfaction": "satisfied"})
    await told(url)
    await do(world.handler, url, "closure")
    await told(url)

    assert steps == [
        ["problem_to_accept"],
        ["problem_to_answer"],
        [],
        ["problem_to_redo"],
        ["problem_to_close"],
        [],
    ]


async def test_it_says_what_is_to_be_done_where_and_until_when(
    world: World, follow: Follow, session: AsyncSession, clock: FakeClock
) -> None:
    url, _ = await raised(world)

    await drain(follow, session)

    (item,) = [one for one in await inbox(world.handler) if one["about_id"] == url[-36:]]
    assert item["link"].endswith(url)
    assert (item["organisation_id"], item["person_id"]) == (str(world.owner.id), None)
    assert "受理" in item["what_zh"]
    assert "Accept" in item["what_en"]
    assert item["due_at"] == end_of_workday(clock(), 1).astimezone(clock().tzinfo).isoformat().replace("+00:00", "Z")


async def test_what_is_overdue_keeps_its_day_though_the_clock_is_gone(
    world: World, follow: Follow, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    url, _ = await raised(world)
    await drain(follow, session)
    before = await inbox(world.handler)

    await sweep(engine, clock() + timedelta(days=2))
    await drain(follow, session)
    await rebuild_inbox(engine, clock() + timedelta(days=2))

    assert [item["about_id"] for item in before] == [url[-36:]]
    assert await inbox(world.handler) == before


async def test_without_a_route_the_desk_above_is_asked_to_dispatch(
    world: World, follow: Follow, session: AsyncSession
) -> None:
    url, _ = await raised(world, category_code="other")
    await drain(follow, session)
    before = (await kinds_about(world.desk, url), await kinds_about(world.handler, url))

    await do(world.desk, url, "owner", {"organisation_id": str(world.owner.id)})
    await drain(follow, session)

    assert before == (["problem_to_dispatch"], [])
    assert (await kinds_about(world.desk, url), await kinds_about(world.handler, url)) == ([], ["problem_to_accept"])


async def test_dispatched_elsewhere_it_leaves_the_one_and_reaches_the_other(
    world: World, follow: Follow, session: AsyncSession, api: Caller
) -> None:
    other = await build.an_organisation(session)
    handler = api.as_(await somebody(session, Role.HANDLER, other))
    await session.commit()
    url, _ = await raised(world)
    await drain(follow, session)

    await do(world.desk, url, "owner", {"organisation_id": str(other.id)})
    await drain(follow, session)

    assert await kinds_about(world.handler, url) == []
    assert await kinds_about(handler, url) == ["problem_to_accept"]


async def test_what_was_done_before_the_follower_came_is_told_to_nobody(
    world: World, follow: Follow, session: AsyncSession
) -> None:
    await drain(follow, session)
    url, _ = await answered(world)

    await drain(follow, session)

    assert await build.count(session, InboxItem, about_id=UUID(url[-36:])) == 0


@pytest.fixture
async def accusation(world: World, session: AsyncSession, follow: Follow) -> tuple[str, dict[str, Caller]]:
    """The owner's own department is accused; somebody of the owner also sits there."""
    office = await build.an_organisation(session, under=world.owner)
    handling = await somebody(session, Role.HANDLER, world.owner)
    await build.a_posting(session, handling, office, Role.CADRE)
    twice = await somebody(session, Role.DISPATCHER, await _city(session, world))
    await build.a_posting(session, twice, world.community, Role.CADRE)
    await build.a_posting(session, twice, world.owner, Role.ORGAN_COMMITTEE_OFFICER)
    await session.commit()
    url, _ = await raised(world, accused_ids=[str(office.id), str(world.community.id)])
    await drain(follow, session)
    kept_out = {"handling": world.api.as_(handling), "twice": world.api.as_(twice), "secretary": world.secretary}
    return url, kept_out


async def _city(session: AsyncSession, world: World) -> Organisation:
    city = await session.get(Organisation, world.owner.parent_id)
    assert city is not None
    return city


async def test_an_accusation_is_in_no_inbox_of_the_accused_nor_in_their_feed(
    world: World, accusation: tuple[str, dict[str, Caller]]
) -> None:
    url, kept_out = accusation

    assert await kinds_about(world.handler, url) == ["problem_to_accept"]
    for name, caller in kept_out.items():
        assert await kinds_about(caller, url) == [], name
        feed = (await caller.get("/v1/feed", params={"limit": 200})).json()
        assert url[-36:] not in str(feed), name


async def test_an_item_about_an_accusation_is_not_there_for_the_accused(
    accusation: tuple[str, dict[str, Caller]], session: AsyncSession
) -> None:
    url, kept_out = accusation
    item_id = (await session.exec(select(InboxItem.id).where(InboxItem.about_id == UUID(url[-36:])))).one()

    for name, caller in kept_out.items():
        answer = await caller.get(f"/v1/inbox/{item_id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "inbox_item.not_found"), name


async def test_an_accusation_against_ones_own_side_is_for_the_nearest_desk_that_may_know(
    world: World, session: AsyncSession, follow: Follow
) -> None:
    url, _ = await raised(world, category_code="other", accused_ids=[str(world.organ.id)])

    await drain(follow, session)

    statement = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), col(InboxItem.closed_at).is_(None))
    (item,) = (await session.exec(statement)).all()
    assert item.organisation_id == world.organ.parent_id
    assert await kinds_about(world.desk, url) == ["problem_to_dispatch"]


async def test_an_item_goes_when_a_link_puts_its_organisation_on_the_side_of_the_accused(
    world: World, session: AsyncSession, follow: Follow, engine: AsyncEngine, clock: FakeClock
) -> None:
    accused = await build.an_organisation(session, under=await _city(session, world))
    await session.commit()
    url, _ = await raised(world, accused_ids=[str(accused.id)])
    await drain(follow, session)
    before = await kinds_about(world.handler, url)
    await build.a_link(session, LinkKind.BELONGS_TO, world.owner, accused)
    await session.commit()

    await rebuild_inbox(engine, clock())

    open_ones = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), col(InboxItem.closed_at).is_(None))
    assert before == ["problem_to_accept"]
    assert (await session.exec(open_ones)).all() == []


async def test_an_item_names_the_event_it_follows_from_and_is_told_by_two_of_its_own(
    world: World, follow: Follow, session: AsyncSession
) -> None:
    url, _ = await raised(world)
    await drain(follow, session)
    await do(world.handler, url, "acceptance")
    await drain(follow, session)

    statement = select(InboxItem).where(InboxItem.about_id == UUID(url[-36:]), InboxItem.kind == "problem_to_accept")
    item = (await session.exec(statement)).one()
    source = await session.get(Event, item.event_id)
    told: Any = (await session.exec(select(Event).where(Event.subject_id == item.id).order_by(col(Event.id)))).all()
    assert source is not None
    assert (source.name, str(source.subject_id)) == ("problem.dispatched", url[-36:])
    assert [event.name for event in told] == ["inbox_item.opened", "inbox_item.closed"]
    assert told[0].payload["kind"] == "problem_to_accept"
