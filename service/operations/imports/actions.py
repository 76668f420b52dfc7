"""Opening an import, giving it its file, confirming its diff, discarding it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.operations.imports import ImportConfirm, ImportCreate, ImportState
from service.foundation.creation import create_once
from service.foundation.events.tables import Timer
from service.foundation.rows import require_version
from service.foundation.settings import Settings
from service.foundation.workdays import BEIJING
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.errors import OwnPosting
from service.operations.imports.checking import drop_file, locked
from service.operations.imports.errors import (
    DayTooFar,
    FileEmpty,
    FileTooLarge,
    ImportNotFound,
    ImportNotPossible,
    ImportNotYours,
    LeaversNotNamed,
)
from service.operations.imports.queries import concerns
from service.operations.imports.rules import must_name_leavers
from service.operations.imports.tables import Import, ImportFile
from service.operations.imports.telling import actor_named_by, tell

LAPSE = "import.lapse"
UNCONFIRMED_FOR = timedelta(days=7)
DAYS_AWAY = 366
"""How far a file's day may be from the day it comes in, either way."""
UNDONE = frozenset({ImportState.AWAITING_FILE, ImportState.UPLOADED, ImportState.CHECKED, ImportState.REFUSED})


async def open_import(
    session: AsyncSession, actor: Actor, import_id: UUID, request: ImportCreate, request_fingerprint: bytes
) -> tuple[Import, bool]:
    """Say what is going to be imported where.

    Raises OrganisationNotFound, NotPermitted, DayTooFar, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    row = opened(import_id, request, actor.id, actor.at, request_fingerprint)
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        start_clock(session, existing)
    return existing, is_new


def start_clock(session: AsyncSession, row: Import) -> None:
    """From now on somebody has a week to confirm it."""
    session.add(Timer(subject_id=row.id, kind=LAPSE, due_at=row.asked_at + UNCONFIRMED_FOR))


def opened(
    import_id: UUID, request: ImportCreate, asked_by: UUID | None, now: datetime, request_fingerprint: bytes
) -> Import:
    """The row of a new import. Raises DayTooFar."""
    today = now.astimezone(BEIJING).date()
    as_of = request.as_of or today
    if abs(as_of - today).days > DAYS_AWAY:
        raise DayTooFar(days=DAYS_AWAY)
    said = request.model_dump() | {"as_of": as_of}
    return Import(
        id=import_id,
        asked_by=asked_by,
        asked_at=now,
        request_fingerprint=request_fingerprint,
        state=ImportState.AWAITING_FILE,
        **said,
    )


async def upload(session: AsyncSession, actor: Actor, import_id: UUID, content: bytes, limit_bytes: int) -> Import:
    """Take the file, from whoever opened the import; a worker reads it. The same file again is a repetition.

    Raises ImportNotFound, ImportNotYours, FileTooLarge, FileEmpty, ImportNotPossible.
    """
    row = await _reachable(session, actor, import_id)
    if row.asked_by != actor.id:
        raise ImportNotYours
    return await take_file(session, row, content, limit_bytes, actor.at)


async def take_file(session: AsyncSession, row: Import, content: bytes, limit_bytes: int, now: datetime) -> Import:
    """Keep the bytes until they are read. Raises FileTooLarge, FileEmpty, ImportNotPossible."""
    if len(content) > limit_bytes:
        raise FileTooLarge(limit_bytes=limit_bytes)
    if not content:
        raise FileEmpty
    digest = sha256(content).digest()
    if row.file_digest == digest:
        return row
    if row.state is not ImportState.AWAITING_FILE:
        raise ImportNotPossible(state=row.state)
    session.add(ImportFile(import_id=row.id, content=content))
    row.file_digest, row.state = digest, ImportState.UPLOADED
    row.version += 1
    await tell(session, EventName.IMPORT_UPLOADED, row, now, actor_named_by(row.asked_by))
    return row


async def confirm(
    session: AsyncSession,
    actor: Actor,
    import_id: UUID,
    request: ImportConfirm,
    expected_version: int,
    settings: Settings,
) -> Import:
    """Yes to the diff that was read with this version; a worker merges it, on record as done by whoever said yes.

    Raises ImportNotFound, VersionStale, ImportNotPossible, OwnPosting, LeaversNotNamed.
    """
    row = await _reachable(session, actor, import_id)
    if row.state in {ImportState.CONFIRMED, ImportState.APPLIED} and row.version == expected_version + 1:
        return row
    require_version(row, expected_version)
    if await concerns(session, row.id, actor.id):
        raise OwnPosting
    return await agree(session, row, request, settings, actor.at, actor.id)


async def agree(
    session: AsyncSession, row: Import, request: ImportConfirm, settings: Settings, now: datetime, by: UUID | None
) -> Import:
    """Raises ImportNotPossible, LeaversNotNamed."""
    if row.state is not ImportState.CHECKED:
        raise ImportNotPossible(state=row.state)
    limit_percent = settings.import_leavers_percent
    if must_name_leavers(row.leavers, row.covered, limit_percent) and request.leavers != row.leavers:
        raise LeaversNotNamed(leavers=row.leavers, covered=row.covered, limit_percent=limit_percent)
    row.state, row.confirmed_at, row.confirmed_by = ImportState.CONFIRMED, now, by
    row.version += 1
    await tell(session, EventName.IMPORT_CONFIRMED, row, now, actor_named_by(by))
    return row


async def discard(session: AsyncSession, actor: Actor, import_id: UUID, now: datetime) -> Import:
    """Give it up; what was staged goes. Again is a repetition. Raises ImportNotFound, ImportNotPossible."""
    row = await _reachable(session, actor, import_id)
    if row.state is ImportState.DISCARDED:
        return row
    if row.state not in UNDONE:
        raise ImportNotPossible(state=row.state)
    await give_up(session, row, now, actor.id)
    return row


async def give_up(session: AsyncSession, row: Import, now: datetime, by: UUID | None) -> None:
    """The file goes at once; the rows are emptied by the worker."""
    row.state, row.finished_at = ImportState.DISCARDED, now
    row.version += 1
    await drop_file(session, row.id)
    await tell(session, EventName.IMPORT_DISCARDED, row, now, actor_named_by(by))


async def lapse(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Give up the imports that nobody confirmed within a week: what is staged is on persons and must not lie about."""
    statement = select(Import).where(col(Import.id).in_(due)).with_for_update(skip_locked=True, key_share=True)
    rows = (await session.exec(statement)).all()
    for row in rows:
        if row.state in UNDONE - {ImportState.REFUSED}:
            await give_up(session, row, now, None)
    return [row.id for row in rows]


async def _reachable(session: AsyncSession, actor: Actor, import_id: UUID) -> Import:
    """The import, locked. Raises ImportNotFound for one out of reach too."""
    found = await session.scalar(select(Import.organisation_id).where(Import.id == import_id))
    if found is None or not await scope.reaches(session, actor, found):
        raise ImportNotFound(import_id=str(import_id))
    return await locked(session, import_id)
