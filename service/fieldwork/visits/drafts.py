"""A delegate writes for the leader, the leader confirms once (DESIGN §6): the leader's visit, the delegate's hand.

What is raised in it is the leader's; the events name the delegate as who did it. Once confirmed, or written down by the
leader in person, it is no longer the delegate's to change.
"""

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitDraftPayload
from schemas.fieldwork.visits import DraftCreate, LateEntryCreate, VisitDraftQuery, VisitRecord
from service.fieldwork.visits import late_entries
from service.fieldwork.visits import recording
from service.fieldwork.visits.errors import DraftConfirmed, DraftNotFound, NotTheirDelegate, VisitNotFound
from service.fieldwork.visits.visit_record import RecordResult
from service.fieldwork.visits.tables import Visit, VisitDraft
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
    """Write a whole visit of the leader down; says whether this request did it.

    Raises NotTheirDelegate, and what writing a visit down afterwards raises.
    """
    leader = await _in_place_of(session, actor, request.leader_id)
    whole = LateEntryCreate.model_validate(request.model_dump(exclude={"leader_id"}))
    written, is_new = await late_entries.write_late_entry(session, leader, keys, visit_id, whole, request_fingerprint)
    if is_new:
        await _note(session, leader, written.visit)
    return written, is_new


async def write_record(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> RecordResult:
    """Write the record of a visit of the leader's. A record that the leader wrote is the leader's to change.

    Raises VisitNotFound for a visit of nobody the actor writes for, DraftConfirmed, and what recording raises.
    """
    # the visit first, then its draft, as whoever writes the own visit does; and as it stands now, not as it was read
    not_found = VisitNotFound(visit_id=str(visit_id))
    visit = await locked(session, select(Visit).where(Visit.id == visit_id), not_found)
    if not await _writes_for(session, actor, visit.person_id):
        raise not_found
    draft = await _locked(session, visit_id)
    if draft.confirmed_at if draft else visit.purpose:
        raise DraftConfirmed
    leader = _standing_in(actor, visit.person_id)
    written = await visit_record.write_record(session, leader, keys, visit_id, request, expected_version)
    if draft is None or written.is_changed:
        await _note(session, leader, visit, draft)
    return written


async def confirm(session: AsyncSession, actor: Actor, visit_id: UUID, expected_version: int) -> VisitDraft:
    """The leader confirms what the delegate wrote; confirmed twice is once. Raises DraftNotFound, VersionStale."""
    own = select(VisitDraft).join(Visit, col(Visit.id) == col(VisitDraft.id))
    own = own.where(VisitDraft.id == visit_id, Visit.person_id == actor.id)
    draft = await locked(session, own, DraftNotFound(visit_id=str(visit_id)), of=VisitDraft)
    if draft.confirmed_at is None:
        require_version(draft, expected_version)
        await _confirmed(session, actor, draft)
    return draft


async def write_own_record(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> RecordResult:
    """Write the record of a visit of the actor; it confirms a draft that waits. Raises what recording raises."""
    written = await visit_record.write_record(session, actor, keys, visit_id, request, expected_version)
    draft = await _locked(session, visit_id)
    if draft and draft.confirmed_at is None:
        await _confirmed(session, actor, draft)
    return written


async def page(session: AsyncSession, actor: Actor, query: VisitDraftQuery) -> Slice[VisitDraft]:
    """Drafts of the actor's own visits, and those the actor wrote as a delegate, newest first."""
    mine = select(Visit.id).where(Visit.person_id == actor.id)
    statement = select(VisitDraft).where(
        sa.or_(col(VisitDraft.written_by) == actor.id, col(VisitDraft.id).in_(mine))
        if scope.sees_own(actor)
        else sa.false()
    )
    if query.is_confirmed is not None:
        waits = col(VisitDraft.confirmed_at).is_(None)
        statement = statement.where(~waits if query.is_confirmed else waits)
    return await page_newest_first(session, statement, col(VisitDraft.written_at), col(VisitDraft.id), query)


async def _writes_for(session: AsyncSession, actor: Actor, leader_id: UUID) -> bool:
    led = sa.literal(leader_id, sa.Uuid()).in_(scope.leaders(actor))
    return await session.scalar(sa.select(led)) is True


async def _in_place_of(session: AsyncSession, actor: Actor, leader_id: UUID) -> Actor:
    """Raises NotTheirDelegate."""
    if not await _writes_for(session, actor, leader_id):
        raise NotTheirDelegate
    return _standing_in(actor, leader_id)


def _standing_in(actor: Actor, leader_id: UUID) -> Actor:
    """The leader as the one whose visit it is, the delegate as who acts."""
    return replace(actor, id=leader_id, acting_id=actor.id, permission=Permission.VISIT_WRITE)


async def _locked(session: AsyncSession, visit_id: UUID) -> VisitDraft | None:
    return (await session.exec(select(VisitDraft).where(VisitDraft.id == visit_id).with_for_update())).first()


async def _note(session: AsyncSession, leader: Actor, visit: Visit, draft: VisitDraft | None = None) -> None:
    if draft is None:
        draft = VisitDraft(id=visit.id, written_by=leader.event_actor_id, written_at=leader.at)
        session.add(draft)
    else:
        draft.written_by, draft.written_at = leader.event_actor_id, leader.at
        draft.version += 1
    await session.flush()
    await _record_event(session, leader, EventName.VISIT_DRAFT_WRITTEN, draft)


async def _confirmed(session: AsyncSession, actor: Actor, draft: VisitDraft) -> None:
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
