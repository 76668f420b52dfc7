"""The drill: back up, lose the tail, restore; a reader may see an event again, but never misses one."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.domains import DOMAINS
from service.foundation.db import create_engine
from service.foundation.errors import CursorUnreadable
from service.foundation.events import chains
from service.foundation.events import verification as tampering
from service.foundation.events.actors import SYSTEM
from service.foundation.events.cursors import FeedCursor
from service.foundation.events.queries import feed_after
from service.foundation.events.record import record
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.access.scope import readers
from service.identity.people.tables import Person
from service.operations.database.backup import BackupFailed, dump, restore
from service.operations.database.epochs import open_next
from service.operations.database.prepare import OWNER_ROLE, prepare
from tests import build
from tests.conftest import FakeClock, url_as
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import jobs_app, relay_once

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def restored(admin_url: str, settings: Settings):
    """The settings of an empty, prepared database to restore into."""
    name = f"test_restored_{secrets.token_hex(4)}"
    prepare(admin_url, name, settings)
    yield settings.model_copy(
        update={
            "database_url": url_as(admin_url, "grassroots_service", name),
            "owner_database_url": url_as(admin_url, OWNER_ROLE, name),
        }
    )
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def tell(session: AsyncSession, person: Person, times: int) -> None:
    for _ in range(times):
        await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, persons=[person.id])
    await session.commit()


async def heard(session: AsyncSession, person: Person, cursor: FeedCursor | None) -> tuple[list[str], FeedCursor]:
    actor = Actor(person.id, None, Permission.FEED_READ, NOW)
    found = await feed_after(session, readers(actor), cursor, 200)
    return [event.id.hex for event in found.events], found.next


async def test_after_a_restore_there_are_repeats_but_never_holes(
    session: AsyncSession, run_relay: RunRelay, settings: Settings, restored: Settings, tmp_path: Path, clock: FakeClock
) -> None:
    person = await build.a_person(session)
    await tell(session, person, 3)
    await drain(run_relay, session)
    saved, early = await heard(session, person, None)
    await tell(session, person, 2)  # in the backup, not yet in the feed
    await session.close()
    dump(settings.owner_database_url, tmp_path / "backup")
    await drain(run_relay, session)
    await tell(session, person, 4)  # lost
    await drain(run_relay, session)
    _, late = await heard(session, person, early)
    await session.close()  # a session that is idle while a dump is read back may be ended by the server

    restore(restored.owner_database_url, tmp_path / "backup")
    number = await open_epoch(restored, clock)
    engine = create_engine(restored)
    async with AsyncSession(engine, expire_on_commit=False) as again, jobs_app(restored).open_async() as jobs:
        found = await again.get(Person, person.id)
        assert found is not None
        await tell(again, found, 5)
        while not await relay_once(engine, jobs, restored, clock):
            pass
        from_early, _ = await heard(again, found, early)
        from_late, after = await heard(again, found, late)
        everything, _ = await heard(again, found, None)

        assert number == 2
        assert after.epoch == 2
        assert len(everything) == len(set(everything)) == 10
        assert everything[:3] == saved
        assert from_early == everything[3:]
        assert from_late == everything[3:]
        for chain in chains.CHAINS:
            await chains.append_head(again, chain, NOW)
            assert (await tampering.verify(again, chain, NOW)).first_broken_head is None
    await engine.dispose()


async def test_what_was_saved_without_a_position_is_not_hidden_by_one_given_in_the_lost_database(
    session: AsyncSession,
    engine: AsyncEngine,
    run_relay: RunRelay,
    settings: Settings,
    restored: Settings,
    tmp_path: Path,
    clock: FakeClock,
) -> None:
    person = await build.a_person(session)
    await session.commit()
    await drain(run_relay, session)
    _, before = await heard(session, person, None)
    await session.close()
    lost = AsyncSession(engine, expire_on_commit=False)
    await record(lost, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, persons=[person.id])
    await tell(session, person, 1)  # begun later, committed first: in the backup, and the other is not
    await session.close()
    dump(settings.owner_database_url, tmp_path / "backup")
    await lost.commit()
    await lost.close()
    await drain(run_relay, session)
    _, met_the_lost = await heard(session, person, before)
    first_of_two = FeedCursor(met_the_lost.epoch, met_the_lost.position - 1)
    await session.close()

    restore(restored.owner_database_url, tmp_path / "backup")
    await open_epoch(restored, clock)

    reopened = create_engine(restored)
    async with AsyncSession(reopened, expire_on_commit=False) as again:
        saved, _ = await heard(again, person, None)
        assert len(saved) == 1
        assert (await heard(again, person, first_of_two))[0] == saved
    await reopened.dispose()


async def open_epoch(restored: Settings, clock: FakeClock) -> int:
    owner = create_engine(restored, restored.owner_database_url, timeout_ms=60_000)
    as_owner = restored.model_copy(update={"database_url": restored.owner_database_url})
    async with jobs_app(as_owner).open_async() as jobs:
        number = await open_next(owner, jobs, DOMAINS, restored, clock, "restore")
    await owner.dispose()
    return number


async def test_a_database_that_is_not_empty_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    dump(settings.owner_database_url, tmp_path / "backup")

    with pytest.raises(BackupFailed, match="not empty"):
        restore(settings.owner_database_url, tmp_path / "backup")


async def test_a_timeline_that_never_was_is_refused(session: AsyncSession) -> None:
    person = await build.a_person(session)

    with pytest.raises(CursorUnreadable):
        await heard(session, person, FeedCursor(epoch=2, position=0))
