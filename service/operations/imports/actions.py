"""Open an import, upload its file, confirm its diff, discard it, expire it."""

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
from service.operations.imports.checking import delete_file, lock_import
from service.operations.imports.errors import (
    DayTooFar,
    FileEmpty,
    FileTooLarge,
    ImportNotFound,
    ImportNotPossible,
    ImportNotYours,
    LeaverCountRequired,
)
from service.operations.imports.events import event_actor, record_import_event
from service.operations.imports.queries import affects_person
from service.operations.imports.rules import must_confirm_leavers
from service.operations.imports.tables import Import, ImportFile

EXPIRY_TIMER = "import.expire"
EXPIRES_AFTER = timedelta(days=7)
MAX_DAYS_AWAY = 366
"""How many days the date of a file may be before or after the day of its upload."""
DISCARDABLE = frozenset({ImportState.AWAITING_FILE, ImportState.UPLOADED, ImportState.CHECKED, ImportState.REFUSED})


async def open_import(
    session: AsyncSession, actor: Actor, import_id: UUID, request: ImportCreate, request_fingerprint: bytes
) -> tuple[Import, bool]:
    """Create an import for an organisation; its file follows.

    Raises OrganisationNotFound, NotPermitted, DayTooFar, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    row = build_import(import_id, request, actor.id, actor.at, request_fingerprint)
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        start_expiry_timer(session, existing)
    return existing, is_new


def start_expiry_timer(session: AsyncSession, row: Import) -> None:
    """Start the timer that discards the import if it is not confirmed within a week."""
    session.add(Timer(subject_id=row.id, kind=EXPIRY_TIMER, due_at=row.requested_at + EXPIRES_AFTER))


def build_import(
    import_id: UUID, request: ImportCreate, requested_by: UUID | None, now: datetime, request_fingerprint: bytes
) -> Import:
    """Build the row of a new import. Raises DayTooFar."""
    today = now.astimezone(BEIJING).date()
    as_of = request.as_of or today
    if abs(as_of - today).days > MAX_DAYS_AWAY:
        raise DayTooFar(days=MAX_DAYS_AWAY)
    fields = request.model_dump() | {"as_of": as_of}
    return Import(
        id=import_id,
        requested_by=requested_by,
        requested_at=now,
        request_fingerprint=request_fingerprint,
        state=ImportState.AWAITING_FILE,
        **fields,
    )


async def upload(session: AsyncSession, actor: Actor, import_id: UUID, content: bytes, limit_bytes: int) -> Import:
    """Store the file, sent by the person who opened the import; sending it again changes nothing.

    Raises ImportNotFound, ImportNotYours, FileTooLarge, FileEmpty, ImportNotPossible.
    """
    row = await _load_locked(session, actor, import_id)
    if row.requested_by != actor.id:
        raise ImportNotYours
    return await store_file(session, row, content, limit_bytes, actor.at)


async def store_file(session: AsyncSession, row: Import, content: bytes, limit_bytes: int, now: datetime) -> Import:
    """Store the bytes until a worker reads them. Raises FileTooLarge, FileEmpty, ImportNotPossible."""
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
    await record_import_event(session, EventName.IMPORT_UPLOADED, row, now, event_actor(row.requested_by))
    return row


async def confirm(
    session: AsyncSession,
    actor: Actor,
    import_id: UUID,
    request: ImportConfirm,
    expected_version: int,
    settings: Settings,
) -> Import:
    """Confirm the diff of this version; a worker merges it in the name of the person who confirmed.

    Raises ImportNotFound, VersionStale, ImportNotPossible, OwnPosting, LeaverCountRequired.
    """
    row = await _load_locked(session, actor, import_id)
    if row.state in {ImportState.CONFIRMED, ImportState.APPLIED} and row.version == expected_version + 1:
        return row
    require_version(row, expected_version)
    if await affects_person(session, row.id, actor.id):
        raise OwnPosting
    return await mark_confirmed(session, row, request, settings, actor.at, actor.id)


async def mark_confirmed(
    session: AsyncSession, row: Import, request: ImportConfirm, settings: Settings, now: datetime, by: UUID | None
) -> Import:
    """Mark a checked import as confirmed. Raises ImportNotPossible, LeaverCountRequired."""
    if row.state is not ImportState.CHECKED:
        raise ImportNotPossible(state=row.state)
    limit_percent = settings.import_leavers_percent
    if must_confirm_leavers(row.leavers, row.covered, limit_percent) and request.leavers != row.leavers:
        raise LeaverCountRequired(leavers=row.leavers, covered=row.covered, limit_percent=limit_percent)
    row.state, row.confirmed_at, row.confirmed_by = ImportState.CONFIRMED, now, by
    row.version += 1
    await record_import_event(session, EventName.IMPORT_CONFIRMED, row, now, event_actor(by))
    return row


async def discard(session: AsyncSession, actor: Actor, import_id: UUID, now: datetime) -> Import:
    """Discard an import that is not confirmed; repeating it is allowed.

    Raises ImportNotFound, ImportNotPossible.
    """
    row = await _load_locked(session, actor, import_id)
    if row.state is ImportState.DISCARDED:
        return row
    if row.state not in DISCARDABLE:
        raise ImportNotPossible(state=row.state)
    await mark_discarded(session, row, now, actor.id)
    return row


async def mark_discarded(session: AsyncSession, row: Import, now: datetime, by: UUID | None) -> None:
    """Mark an import as discarded and delete its file; the worker erases its rows."""
    row.state, row.finished_at = ImportState.DISCARDED, now
    row.version += 1
    await delete_file(session, row.id)
    await record_import_event(session, EventName.IMPORT_DISCARDED, row, now, event_actor(by))


async def expire(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Discard the imports that nobody confirmed within a week; their rows hold personal data."""
    statement = select(Import).where(col(Import.id).in_(due)).with_for_update(skip_locked=True, key_share=True)
    rows = (await session.exec(statement)).all()
    for row in rows:
        if row.state in DISCARDABLE - {ImportState.REFUSED}:
            await mark_discarded(session, row, now, None)
    return [row.id for row in rows]


async def _load_locked(session: AsyncSession, actor: Actor, import_id: UUID) -> Import:
    """Load and lock an import in reach. Raises ImportNotFound."""
    organisation_id = await session.scalar(select(Import.organisation_id).where(Import.id == import_id))
    if organisation_id is None or not await scope.reaches(session, actor, organisation_id):
        raise ImportNotFound(import_id=str(import_id))
    return await lock_import(session, import_id)
