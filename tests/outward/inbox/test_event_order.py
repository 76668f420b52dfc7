"""The inbox depends on the data only, not on the order of events or the timing of the relay."""

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
from tests.outward.inbox.conftest import open_items
from tests.solving.problems.conftest import ANSWER, World, raise_problem, world

__all__ = ["world"]
MOVES = 60


async def make_random_move(world: World, problems: dict[str, str], chance: random.Random) -> None:
    """Try a random move of a problem, or raise a new one."""
    if not problems or chance.random() < 0.2:
        url, link = await raise_problem(world, category_code=chance.choice(["lighting", "other"]))
        problems[url] = link
        return
    url = chance.choice(list(problems))
    headers = {"If-Match": (await world.phone.get(url)).headers["etag"]}
    match chance.choice(["owner", "acceptance", "answer", "closure", "satisfied", "not_satisfied"]):
        case "owner":
            target = {"organisation_id": str(chance.choice([world.owner, world.organ]).id)}
            await world.desk.put(f"{url}/owner", json=target, headers=headers)
        case "satisfied" | "not_satisfied" as satisfaction:
            await world.api.post(problems[url], data={"satisfaction": satisfaction, "reason": "又灭了"})
        case noun:
            await world.handler.put(f"{url}/{noun}", json=ANSWER if noun == "answer" else None, headers=headers)


@pytest.mark.parametrize("seed", range(3))
async def test_inbox_after_random_events_equals_a_rebuilt_one(
    world: World, session: AsyncSession, engine: AsyncEngine, jobs: App, settings: Settings, clock: FakeClock, seed: int
) -> None:
    chance, problems = random.Random(seed), dict[str, str]()
    for _ in range(MOVES):
        await make_random_move(world, problems, chance)
        if chance.random() < 0.3:
            small_batches = settings.model_copy(update={"relay_batch": chance.randint(1, 9)})
            await relay_once(engine, jobs, small_batches, clock)
    await drain(lambda: relay_once(engine, jobs, settings, clock), session)
    before = await open_items(session)
    await session.commit()

    await (await session.connection()).execute(sa.delete(InboxItem))
    await session.commit()
    await rebuild_inbox(engine, clock())

    assert len(before) > 3
    assert await open_items(session) == before


async def test_item_events_are_recorded_once(session: AsyncSession) -> None:
    statement = select(Event.subject_id, Event.name).where(col(Event.name).startswith("inbox_item."))

    events = [tuple(row) for row in (await session.exec(statement)).all()]

    assert len(events) > 20
    assert len(set(events)) == len(events)
