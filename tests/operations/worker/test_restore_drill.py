"""Restore drill: after a restore a reader may see an event twice but misses none."""

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
from service.foundation.events import chains, verification
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
from service.operations.database.epochs import open_next_epoch
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


async def record_events(session: AsyncSession, person: Person, times: int) -> None:
    for _ in range(times):
        await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, persons=[person.id])
    await session.commit()


async def read_feed(session: AsyncSession, person: Person, cursor: FeedCursor | None) -> tuple[list[str], FeedCursor]:
    actor = Actor(person.id, None, Permission.FEED_READ, NOW)
    page = await feed_after(session, readers(actor), cursor, 200)
    return [event.id.hex for event in page.events], page.next


async def test_restore_repeats_events_but_loses_none(
    session: AsyncSession, run_relay: RunRelay, settings: Settings, restored: Settings, tmp_path: Path, clock: FakeClock
) -> None:
    person = await build.a_person(session)
    await record_events(session, person, 3)
    await drain(run_relay, session)
    saved, early = await read_feed(session, person, None)
    await record_events(session, person, 2)  # in the backup, not yet in the feed
    await session.close()
    dump(settings.owner_database_url, tmp_path / "backup")
    await drain(run_relay, session)
    await record_events(session, person, 4)  # lost
    await drain(run_relay, session)
    _, late = await read_feed(session, person, early)
    await session.close()  # a session that is idle while a dump is read back may be ended by the server

    restore(restored.owner_database_url, tmp_path / "backup")
    number = await open_epoch(restored, clock)
    engine = create_engine(restored)
    async with AsyncSession(engine, expire_on_commit=False) as again, jobs_app(restored).open_async() as jobs:
        reader = await again.get(Person, person.id)
        assert reader is not None
        await record_events(again, reader, 5)
        while not await relay_once(engine, jobs, restored, clock):
            pass
        from_early, _ = await read_feed(again, reader, early)
        from_late, after = await read_feed(again, reader, late)
        everything, _ = await read_feed(again, reader, None)

        assert number == 2
        assert after.epoch == 2
        assert len(everything) == len(set(everything)) == 10
        assert everything[:3] == saved
        assert from_early == everything[3:]
        assert from_late == everything[3:]
        for chain in chains.CHAINS:
            await chains.append_head(again, chain, NOW)
            assert (await verification.verify(again, chain, NOW)).first_broken_head is None
    await engine.dispose()


async def test_restored_event_without_position_is_not_hidden_by_lost_position(
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
    _, before = await read_feed(session, person, None)
    await session.close()
    lost = AsyncSession(engine, expire_on_commit=False)
    await record(lost, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, persons=[person.id])
    await record_events(session, person, 1)  # started later, committed first: only this one is in the backup
    await session.close()
    dump(settings.owner_database_url, tmp_path / "backup")
    await lost.commit()
    await lost.close()
    await drain(run_relay, session)
    _, after_lost_event = await read_feed(session, person, before)
    first_of_two = FeedCursor(after_lost_event.epoch, after_lost_event.position - 1)
    await session.close()

    restore(restored.owner_database_url, tmp_path / "backup")
    await open_epoch(restored, clock)

    reopened = create_engine(restored)
    async with AsyncSession(reopened, expire_on_commit=False) as again:
        saved, _ = await read_feed(again, person, None)
        assert len(saved) == 1
        assert (await read_feed(again, person, first_of_two))[0] == saved
    await reopened.dispose()


async def open_epoch(restored: Settings, clock: FakeClock) -> int:
    owner = create_engine(restored, restored.owner_database_url, timeout_ms=60_000)
    as_owner = restored.model_copy(update={"database_url": restored.owner_database_url})
    async with jobs_app(as_owner).open_async() as jobs:
        number = await open_next_epoch(owner, jobs, DOMAINS, restored, clock, "restore")
    await owner.dispose()
    return number


async def test_restore_into_database_with_tables_is_refused(settings: Settings, tmp_path: Path) -> None:
    dump(settings.owner_database_url, tmp_path / "backup")

    with pytest.raises(BackupFailed, match="not empty"):
        restore(settings.owner_database_url, tmp_path / "backup")


async def test_cursor_of_unknown_epoch_is_refused(session: AsyncSession) -> None:
    person = await build.a_person(session)

    with pytest.raises(CursorUnreadable):
        await read_feed(session, person, FeedCursor(epoch=2, position=0))
