"""Whatever happens in whatever order, and whenever the relay comes: the inbox is what the state of things says."""

import random

import pytest
import sqlalchemy as sa
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.settings import Settings
from service.outward.inbox.tables import InboxItem
from tests.conftest import FakeClock
from tests.operations.worker.conftest import drain
from tests.operations.worker.steps import rebuild_inbox, relay_once
from tests.outward.inbox.conftest import waiting
from tests.solving.problems.conftest import ANSWER, World, raised, world

__all__ = ["world"]
MOVES = 60


async def something_happens(world: World, problems: dict[str, str], chance: random.Random) -> None:
    """One move of one problem, possible or not, or a new one."""
    if not problems or chance.random() < 0.2:
        url, link = await raised(world, category_code=chance.choice(["lighting", "other"]))
        problems[url] = link
        return
    url = chance.choice(list(problems))
    based_on = {"If-Match": (await world.phone.get(url)).headers["etag"]}
    match chance.choice(["owner", "acceptance", "answer", "closure", "satisfied", "not_satisfied"]):
        case "owner":
            to = {"organisation_id": str(chance.choice([world.owner, world.organ]).id)}
            await world.desk.put(f"{url}/owner", json=to, headers=based_on)
        case "satisfied" | "not_satisfied" as word:
            await world.api.post(problems[url], data={"satisfaction": word, "reason": "又灭了"})
        case noun:
            await world.handler.put(f"{url}/{noun}", json=ANSWER if noun == "answer" else None, headers=based_on)


@pytest.mark.parametrize("seed", range(3))
async def test_the_inbox_grown_bit_by_bit_is_that_of_a_rebuild(
    world: World, session: AsyncSession, engine: AsyncEngine, jobs: App, settings: Settings, clock: FakeClock, seed: int
) -> None:
    chance, problems = random.Random(seed), dict[str, str]()
    for _ in range(MOVES):
        await something_happens(world, problems, chance)
        if chance.random() < 0.3:
            some = settings.model_copy(update={"relay_batch": chance.randint(1, 9)})
            await relay_once(engine, jobs, some, clock)
    await drain(lambda: relay_once(engine, jobs, settings, clock), session)
    grown = await waiting(session)
    await session.commit()

    await (await session.connection()).execute(sa.delete(InboxItem))
    await session.commit()
    await rebuild_inbox(engine, clock())

    assert len(grown) > 3
    assert await waiting(session) == grown


async def test_each_item_was_opened_once_and_closed_at_most_once(session: AsyncSession) -> None:
    statement = select(Event.subject_id, Event.name).where(col(Event.name).startswith("inbox_item."))

    told = [tuple(row) for row in (await session.exec(statement)).all()]

    assert len(told) > 20
    assert len(set(told)) == len(told)
