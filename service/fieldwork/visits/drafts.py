"""Drafts: a delegate records a visit of the leader, and the leader confirms it once (DESIGN §6).

The visit and the records linked to it belong to the leader; the events name the delegate as the actor. The delegate
cannot change a record that the leader confirmed or wrote.
"""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitDraftPayload
from schemas.fieldwork.visits import DraftCreate, LateEntryCreate, VisitDraftQuery, VisitRecord
from service.fieldwork.visits import late_entries, visit_record
from service.fieldwork.visits.errors import DraftConfirmed, DraftNotFound, NotTheirDelegate, VisitNotFound
from service.fieldwork.visits.tables import Visit, VisitDraft
from service.fieldwork.visits.visit_record import RecordResult
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.paging import Slice, page_newest_first
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission


async def write_late_entry(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: DraftCreate, request_fingerprint: bytes
) -> tuple[RecordResult, bool]:
    """Create a late entry for the leader. Returns the result, and whether the visit is new.

    Raises: NotTheirDelegate, and the errors of `late_entries.write_late_entry`.
    """
    leader = await _act_for_leader(session, actor, request.leader_id)
    late_entry = LateEntryCreate.model_validate(request.model_dump(exclude={"leader_id"}))
    result, is_new = await late_entries.write_late_entry(
        session, leader, keys, visit_id, late_entry, request_fingerprint
    )
    if is_new:
        await _save_draft(session, leader, result.visit)
    return result, is_new


async def write_record(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> RecordResult:
    """Write the record of a visit of the leader, unless the leader wrote it.

    Raises: VisitNotFound if the actor is not a delegate of the visitor, DraftConfirmed, and the errors of
    `visit_record.write_record`.
    """
    # the same lock order as `write_own_record`, visit then draft; the lock also reads the latest version of the row
    not_found = VisitNotFound(visit_id=str(visit_id))
    visit = await locked(session, select(Visit).where(Visit.id == visit_id), not_found)
    if not await _is_delegate_of(session, actor, visit.person_id):
        raise not_found
    draft = await _lock_draft(session, visit_id)
    if draft.confirmed_at if draft else visit.purpose:
        raise DraftConfirmed
    leader = _leader_actor(actor, visit.person_id)
    result = await visit_record.write_record(session, leader, keys, visit_id, request, expected_version)
    if draft is None or result.is_changed:
        await _save_draft(session, leader, visit, draft)
    return result


async def confirm(session: AsyncSession, actor: Actor, visit_id: UUID, expected_version: int) -> VisitDraft:
    """Confirm a draft as its leader; a repeated confirmation changes nothing.

    Raises: DraftNotFound, VersionStale.
    """
    statement = select(VisitDraft).join(Visit, col(Visit.id) == col(VisitDraft.id))
    statement = statement.where(VisitDraft.id == visit_id, Visit.person_id == actor.id)
    draft = await locked(session, statement, DraftNotFound(visit_id=str(visit_id)), of=VisitDraft)
    if draft.confirmed_at is None:
        require_version(draft, expected_version)
        await _confirm(session, actor, draft)
    return draft


async def write_own_record(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> RecordResult:
    """Write the record of a visit of the actor and confirm its draft, if there is one.

    Raises: the errors of `visit_record.write_record`.
    """
    result = await visit_record.write_record(session, actor, keys, visit_id, request, expected_version)
    draft = await _lock_draft(session, visit_id)
    if draft and draft.confirmed_at is None:
        await _confirm(session, actor, draft)
    return result


async def page(session: AsyncSession, actor: Actor, query: VisitDraftQuery) -> Slice[VisitDraft]:
    """List drafts of the actor's visits and drafts that the actor wrote as a delegate, newest first."""
    own_visit_ids = select(Visit.id).where(Visit.person_id == actor.id)
    statement = select(VisitDraft).where(
        sa.or_(col(VisitDraft.written_by) == actor.id, col(VisitDraft.id).in_(own_visit_ids))
        if scope.sees_own(actor)
        else sa.false()
    )
    if query.is_confirmed is not None:
        is_unconfirmed = col(VisitDraft.confirmed_at).is_(None)
        statement = statement.where(~is_unconfirmed if query.is_confirmed else is_unconfirmed)
    return await page_newest_first(session, statement, col(VisitDraft.written_at), col(VisitDraft.id), query)


async def _is_delegate_of(session: AsyncSession, actor: Actor, leader_id: UUID) -> bool:
    is_leader = sa.literal(leader_id, sa.Uuid()).in_(scope.leaders(actor))
    return await session.scalar(sa.select(is_leader)) is True


async def _act_for_leader(session: AsyncSession, actor: Actor, leader_id: UUID) -> Actor:
    """Return the leader as the actor, with the delegate as `acting_id`. Raises: NotTheirDelegate."""
    if not await _is_delegate_of(session, actor, leader_id):
        raise NotTheirDelegate
    return _leader_actor(actor, leader_id)


def _leader_actor(actor: Actor, leader_id: UUID) -> Actor:
    """The leader as the one whose visit it is, the delegate as who acts."""
    return replace(actor, id=leader_id, acting_id=actor.id, permission=Permission.VISIT_WRITE)


async def _lock_draft(session: AsyncSession, visit_id: UUID) -> VisitDraft | None:
    return (await session.exec(select(VisitDraft).where(VisitDraft.id == visit_id).with_for_update())).first()


async def _save_draft(session: AsyncSession, leader: Actor, visit: Visit, draft: VisitDraft | None = None) -> None:
    if draft is None:
        draft = VisitDraft(id=visit.id, written_by=leader.event_actor_id, written_at=leader.at)
        session.add(draft)
    else:
        draft.written_by, draft.written_at = leader.event_actor_id, leader.at
        draft.version += 1
    await session.flush()
    await _record_event(session, leader, EventName.VISIT_DRAFT_WRITTEN, draft)


async def _confirm(session: AsyncSession, actor: Actor, draft: VisitDraft) -> None:
    draft.confirmed_at = actor.at
    draft.version += 1
    await _record_event(session, actor, EventName.VISIT_DRAFT_CONFIRMED, draft)


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, draft: VisitDraft) -> None:
    await record(
        session,
        name,
        draft,
        actor=actor.event_actor,
        occurred_at=actor.at,
        persons=[actor.id, draft.written_by],
        payload=VisitDraftPayload(visit_id=draft.id),
    )
