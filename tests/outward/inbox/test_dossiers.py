"""Inbox items of frozen dossiers: for their person, until the handover or for 30 days."""

from datetime import timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.build.assessments import World, world
from tests.build.county import county
from tests.conftest import FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import rebuild_inbox, sweep
from tests.outward.inbox.conftest import inbox

__all__ = ["county", "world"]


async def test_dossier_is_in_the_inbox_of_its_person_until_handed_over(
    world: World, run_relay: RunRelay, session: AsyncSession
) -> None:
    url = await world.freeze_cycle()
    await drain(run_relay, session)
    before = [item for item in await inbox(world.cadre) if item["about_id"] == url[-36:]]
    content = (await world.personnel.get(f"{url}/handover")).content

    await world.personnel.put(f"{url}/receipt", json={"sha256": sha256(content).hexdigest()})
    await drain(run_relay, session)

    assert [item["kind"] for item in before] == ["dossier_to_review"]
    assert (await world.cadre.get("/v1" + before[0]["link"].partition("/v1")[2])).status_code == 200
    assert await inbox(world.cadre) == []


async def test_dossier_item_lapses_after_thirty_days_also_after_a_rebuild(
    world: World, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    await world.freeze_cycle()
    await drain(run_relay, session)
    await rebuild_inbox(engine, clock() + timedelta(days=29))
    before = await inbox(world.cadre)

    await sweep(engine, clock() + timedelta(days=30))
    counts = await rebuild_inbox(engine, clock() + timedelta(days=30))

    assert [item["kind"] for item in before] == ["dossier_to_review"]
    assert set(counts.values()) == {(0, 0)}
    assert await inbox(world.cadre) == []
