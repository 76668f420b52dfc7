"""The private link whose answer got lost: asked for again it is another one, until somebody opened the page."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.solving.problems_pages import GUESSES
from service.foundation.ids import new_id
from service.solving.problems.links import hash_of
from service.solving.problems.tables import ProblemLink
from tests import build
from tests.conftest import FakeClock
from tests.solving.problems.conftest import World, answered


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    GUESSES.clear()


async def sent(world: World, url: str, body: dict[str, Any]) -> str | None:
    """The path of the link in the answer."""
    answer = await world.phone.put(url, json=body)
    assert answer.status_code in {200, 201}, answer.text
    link = answer.json()["link"]
    return "/p/" + link.rsplit("/", 1)[1] if link else None


async def statuses(world: World, *links: str | None) -> list[int]:
    return [(await world.api.get(str(link))).status_code for link in links]


async def test_a_retry_answers_another_link_and_only_that_one_works(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()

    links = [await sent(world, url, body) for _ in range(3)]

    assert await statuses(world, *links) == [404, 404, 200]
    assert await build.count(session, ProblemLink, problem_id=url[-36:]) == 1


async def test_once_opened_it_stays_and_a_retry_answers_none(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    link = await sent(world, url, body)
    await world.api.get(str(link))

    again = await sent(world, url, body)

    assert (again, await statuses(world, link)) == (None, [200])


async def test_a_word_given_on_the_page_opens_it_too(world: World) -> None:
    url, link = await answered(world)
    await world.api.post(link, data={"satisfaction": "satisfied"})

    assert (await world.phone.put(url, json=world.asked())).json()["link"] is None


async def test_looking_for_the_head_opens_nothing(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    link = str(await sent(world, url, body))

    await world.api.head(link)

    opened = select(ProblemLink.opened_at).where(col(ProblemLink.token_hash) == hash_of(link.removeprefix("/p/")))
    assert (await session.exec(opened)).one() is None
    assert await sent(world, url, body) is not None


async def test_of_retries_at_once_exactly_one_answered_link_works(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    await sent(world, url, body)

    links = await asyncio.gather(*(sent(world, url, body) for _ in range(6)))

    assert None not in links
    assert sorted(await statuses(world, *links)) == [200, 404, 404, 404, 404, 404]


async def test_opened_and_asked_for_again_at_once_leaves_one_that_works(world: World) -> None:
    for _ in range(3):
        url, body = f"/v1/problems/{new_id()}", world.asked()
        first = await sent(world, url, body)

        page, again = await asyncio.gather(world.api.get(str(first)), sent(world, url, body))

        last = first if again is None else again
        assert await statuses(world, last) == [200]
        assert (page.status_code, again is None) in {(200, True), (404, False)}


async def test_nobody_else_is_given_a_link(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    link = await sent(world, url, body)

    others = [await phone.put(url, json=body) for phone in (world.handler, world.desk, world.secretary)]

    assert all(answer.status_code in {403, 404} for answer in others)
    assert await statuses(world, link) == [200]


async def test_another_link_lives_no_longer_than_the_one_before(world: World, clock: FakeClock) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    await sent(world, url, body)
    clock.move(days=364)
    late = await world.api.as_(world.cadre).put(url, json=body)
    clock.move(days=1, seconds=1)
    after = await world.api.as_(world.cadre).put(url, json=body)
    gone = await statuses(world, "/p/" + late.json()["link"].rsplit("/", 1)[1])
    clock.move(days=-365, seconds=-1)

    assert (gone, after.json()["link"]) == ([404], None)


async def test_the_database_keeps_hashes_only(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()
    await sent(world, url, body)
    token = str(await sent(world, url, body)).removeprefix("/p/")

    link = (await session.exec(select(ProblemLink).where(ProblemLink.problem_id == url[-36:]))).one()

    assert link.token_hash == hash_of(token)
    assert token not in link.model_dump_json(exclude={"token_hash"})


async def test_the_database_refuses_a_second_link(world: World, session: AsyncSession, clock: FakeClock) -> None:
    url = f"/v1/problems/{new_id()}"
    await sent(world, url, world.asked())

    session.add(ProblemLink(token_hash=b"another", problem_id=UUID(url[-36:]), expires_at=clock()))

    with pytest.raises(IntegrityError, match="uq_problem_link_problem_id"):
        await session.flush()
    await session.rollback()
