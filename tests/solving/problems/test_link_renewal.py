"""Renewal of the private link: a repeated request replaces it until the page is opened."""

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
from tests.solving.problems.conftest import World, raise_and_answer


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    GUESSES.clear()


async def request_link(world: World, url: str, body: dict[str, Any]) -> str | None:
    """Send the problem and return the path of the link in the response."""
    answer = await world.phone.put(url, json=body)
    assert answer.status_code in {200, 201}, answer.text
    link = answer.json()["link"]
    return "/p/" + link.rsplit("/", 1)[1] if link else None


async def statuses(world: World, *links: str | None) -> list[int]:
    return [(await world.api.get(str(link))).status_code for link in links]


async def test_repeated_request_returns_a_new_link_and_ends_the_old_one(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()

    links = [await request_link(world, url, body) for _ in range(3)]

    assert await statuses(world, *links) == [404, 404, 200]
    assert await build.count(session, ProblemLink, problem_id=url[-36:]) == 1


async def test_opened_link_is_not_replaced(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    link = await request_link(world, url, body)
    await world.api.get(str(link))

    again = await request_link(world, url, body)

    assert (again, await statuses(world, link)) == (None, [200])


async def test_rating_on_the_page_marks_the_link_as_opened(world: World) -> None:
    url, link = await raise_and_answer(world)
    await world.api.post(link, data={"satisfaction": "satisfied"})

    assert (await world.phone.put(url, json=world.problem_body())).json()["link"] is None


async def test_head_request_does_not_open_the_link(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    link = str(await request_link(world, url, body))

    await world.api.head(link)

    opened_at = select(ProblemLink.opened_at).where(col(ProblemLink.token_hash) == hash_of(link.removeprefix("/p/")))
    assert (await session.exec(opened_at)).one() is None
    assert await request_link(world, url, body) is not None


async def test_concurrent_repeats_leave_exactly_one_valid_link(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    await request_link(world, url, body)

    links = await asyncio.gather(*(request_link(world, url, body) for _ in range(6)))

    assert None not in links
    assert sorted(await statuses(world, *links)) == [200, 404, 404, 404, 404, 404]


async def test_concurrent_open_and_repeat_leave_one_valid_link(world: World) -> None:
    for _ in range(3):
        url, body = f"/v1/problems/{new_id()}", world.problem_body()
        first = await request_link(world, url, body)

        page, again = await asyncio.gather(world.api.get(str(first)), request_link(world, url, body))

        last = first if again is None else again
        assert await statuses(world, last) == [200]
        assert (page.status_code, again is None) in {(200, True), (404, False)}


async def test_repeat_by_another_person_gets_no_link(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    link = await request_link(world, url, body)

    others = [await phone.put(url, json=body) for phone in (world.handler, world.desk, world.secretary)]

    assert all(answer.status_code in {403, 404} for answer in others)
    assert await statuses(world, link) == [200]


async def test_renewed_link_keeps_the_expiry_of_the_first(world: World, clock: FakeClock) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    await request_link(world, url, body)
    clock.move(days=364)
    late = await world.api.as_(world.cadre).put(url, json=body)
    clock.move(days=1, seconds=1)
    after = await world.api.as_(world.cadre).put(url, json=body)
    expired = await statuses(world, "/p/" + late.json()["link"].rsplit("/", 1)[1])
    clock.move(days=-365, seconds=-1)

    assert (expired, after.json()["link"]) == ([404], None)


async def test_link_table_contains_only_the_hash(world: World, session: AsyncSession) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()
    await request_link(world, url, body)
    token = str(await request_link(world, url, body)).removeprefix("/p/")

    link = (await session.exec(select(ProblemLink).where(ProblemLink.problem_id == url[-36:]))).one()

    assert link.token_hash == hash_of(token)
    assert token not in link.model_dump_json(exclude={"token_hash"})


async def test_second_link_of_a_problem_violates_the_unique_index(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    url = f"/v1/problems/{new_id()}"
    await request_link(world, url, world.problem_body())

    session.add(ProblemLink(token_hash=b"another", problem_id=UUID(url[-36:]), expires_at=clock()))

    with pytest.raises(IntegrityError, match="uq_problem_link_problem_id"):
        await session.flush()
    await session.rollback()
