"""Hash chains detect every kind of tampering with events and the access log."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import psycopg
import pytest
import sqlalchemy as sa
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.crypto import Keys
from service.foundation.events import chains, edited_rows, verification
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.people.tables import Person
from tests import build
from tests.conftest import FakeClock
from tests.operations.worker.steps import jobs_app, relay_once

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
async def jobs(settings: Settings):
    async with jobs_app(settings).open_async() as app:
        yield app


@pytest.fixture(autouse=True)
async def hashed_person(
    session: AsyncSession, engine: AsyncEngine, jobs: App, settings: Settings, clock: FakeClock, monkeypatch
) -> Person:
    """Three events and three lines of the access log, in segments of two rows."""
    monkeypatch.setattr(chains, "SEGMENT", 2)
    for _ in range(3):
        person = await build.a_person(session)
        await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW)
        await log_access(session, "person.created", actor_id=None, subject_id=person.id)
    await session.commit()
    while not await relay_once(engine, jobs, settings, clock):
        pass
    for chain in chains.CHAINS:
        while await chains.append_head(session, chain, NOW):
            pass
    await session.commit()
    return person


def tamper(settings: Settings, statement: str, *values: object) -> None:
    """Change the database as its owner, as an attacker could."""
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        connection.execute(statement, values)


async def test_unchanged_chains_have_no_discrepancy(session: AsyncSession) -> None:
    for chain in chains.CHAINS:
        verified = await verification.verify(session, chain, NOW)
        assert verified.heads >= 2
        assert verified.first_broken_head is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET occurred_at = now() WHERE id = (SELECT max(id::text)::uuid FROM event)",
        "UPDATE event SET payload = '{\"x\": 1}' WHERE id = (SELECT max(id::text)::uuid FROM event)",
        "DELETE FROM event WHERE id = (SELECT max(id::text)::uuid FROM event)",
        "DELETE FROM feed WHERE position = (SELECT max(position) FROM feed)",
    ],
)
async def test_changed_or_removed_event_breaks_the_chain(
    session: AsyncSession, settings: Settings, statement: str
) -> None:
    before = (await verification.verify(session, chains.FEED, NOW, await newest_head_number(session))).first_broken_head

    tamper(settings, statement)

    after = (await verification.verify(session, chains.FEED, NOW, await newest_head_number(session))).first_broken_head
    assert (before, after is not None) == (None, True)


async def newest_head_number(session: AsyncSession) -> int:
    """Return the newest chain head; earlier tests of this file have broken the others."""
    head = await chains._last(session, chains.FEED)
    assert head is not None
    return head.number


async def test_changed_access_log_line_breaks_the_chain(session: AsyncSession, settings: Settings) -> None:
    tamper(settings, "UPDATE access_log SET action = 'nothing' WHERE id = (SELECT min(id::text)::uuid FROM access_log)")

    assert (await verification.verify(session, chains.ACCESS_LOG, NOW)).first_broken_head == 1


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE access_log SET actor_id = %s WHERE id = %s", verification.Tampering.CHANGED),
        ("DELETE FROM access_log WHERE %s::uuid IS NOT NULL AND id = %s", verification.Tampering.REMOVED),
        (
            "INSERT INTO access_log (id, action, facts, epoch, transaction_id)"
            " SELECT %s, 'x', '{}', epoch, transaction_id FROM access_log WHERE id = %s",
            verification.Tampering.INSERTED,
        ),
    ],
)
async def test_discrepancy_names_chain_head_and_row(
    session: AsyncSession, settings: Settings, monkeypatch, statement: str, what: verification.Tampering
) -> None:
    monkeypatch.setattr(chains, "SEGMENT", 10)
    lines = [await add_line(session) for _ in range(5)]
    await session.commit()
    await chains.append_head(session, chains.ACCESS_LOG, NOW)
    await session.commit()
    number = (await chains._last(session, chains.ACCESS_LOG)).number
    other = new_id()  # a later id than all lines, in the transaction of the third

    tamper(settings, statement, other, lines[2])

    after = await verification.verify(session, chains.ACCESS_LOG, NOW, number)
    expected = {verification.Tampering.CHANGED: (3, lines[2]), verification.Tampering.REMOVED: (3, lines[1])}
    (discrepancy,) = after.discrepancies
    assert (discrepancy.head, discrepancy.kind) == (number, what)
    if what in expected:
        assert (discrepancy.position, discrepancy.row) == (expected[what][0], str(expected[what][1]))
    else:
        assert (discrepancy.row, f"chain head {number}" in discrepancy.sentence) == (str(other), True)


async def add_line(session: AsyncSession) -> UUID:
    subject = new_id()
    await log_access(session, "person.read", actor_id=None, subject_id=subject)
    await session.commit()
    statement = sa.text("SELECT id FROM access_log_hashes(1, '0', '00000000-0000-0000-0000-000000000000', 100000)")
    return (await (await session.connection()).execute(statement)).scalars().all()[-1]


async def test_removed_or_rewritten_chain_head_is_reported(session: AsyncSession, settings: Settings) -> None:
    last = (await chains._last(session, chains.FEED)).number
    tamper(settings, "UPDATE chain_head SET hash = sha256(hash) WHERE chain = 'feed' AND number = %s", last)
    session.expire_all()
    rewritten = (await verification.verify(session, chains.FEED, NOW, last)).discrepancies

    tamper(settings, "DELETE FROM chain_head WHERE chain = 'feed' AND number = %s", last - 1)
    session.expire_all()
    missing = (await verification.verify(session, chains.FEED, NOW, last - 1)).discrepancies

    assert [(discrepancy.head, discrepancy.kind) for discrepancy in rewritten] == [
        (last, verification.Tampering.HEAD_CHANGED)
    ]
    assert (last - 1, verification.Tampering.HEAD_MISSING) in [
        (discrepancy.head, discrepancy.kind) for discrepancy in missing
    ]


async def test_exported_head_fails_after_the_chain_was_rewritten(
    session: AsyncSession, settings: Settings, keys: Keys
) -> None:
    head = await chains.signed_head(session, chains.FEED, keys, NOW)
    assert head is not None
    assert await chains.head_holds(session, head, keys)

    tamper(settings, "UPDATE chain_head SET hash = sha256(hash) WHERE chain = 'feed'")
    session.expire_all()

    assert not await chains.head_holds(session, head, keys)
    with pytest.raises(jwt.InvalidTokenError):
        await chains.head_holds(session, head[:-6] + "AAAAAA", keys)


async def test_row_edited_without_an_event_is_reported(
    session: AsyncSession, settings: Settings, hashed_person: Person
) -> None:
    assert hashed_person.id not in await edited_rows.find_edited_rows(session, Person)

    tamper(settings, "UPDATE person SET created_at = created_at - interval '1 year' WHERE id = %s", hashed_person.id)

    assert hashed_person.id in await edited_rows.find_edited_rows(session, Person)


async def test_access_log_rows_removed_by_retention_are_accepted(session: AsyncSession, settings: Settings) -> None:
    tamper(settings, "DELETE FROM access_log")

    assert (await verification.verify(session, chains.ACCESS_LOG, NOW)).first_broken_head == 1
    assert (await verification.verify(session, chains.ACCESS_LOG, NOW + timedelta(days=400))).first_broken_head is None
