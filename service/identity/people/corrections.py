"""Requests for correction (PIPL 46): asked by the person, decided by an administrator, both kept, nothing edited.

An accepted one is carried out where the thing stands (a name: `PUT /v1/people/{id}/description`); the answer says by
whom. The law names no number of days (PIPL 50: in time); a local rule does, in working days.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.events.people import CorrectionDecided, CorrectionOverdue
from schemas.identity.local_rules import RuleKey
from schemas.identity.people import (
    CorrectionRequestCreate,
    CorrectionRequestDecision,
    CorrectionRequestOut,
    CorrectionRequestQuery,
    CorrectionState,
)
from service.foundation.creation import create_once
from service.foundation.errors import NotFound
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.rows import locked, require_version
from service.foundation.workdays import end_of_workday
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.local_rules.effective_rules import rule_value
from service.identity.people.consents import must_be_oneself
from service.identity.people.errors import CorrectionAlreadyDecided, CorrectionNotFound
from service.identity.people.tables import CorrectionRequest, Person
from service.identity.tree.tables import Organisation, Posting

TIMER = "correction_request.decide_by"


async def ask(
    session: AsyncSession, actor: Actor, request_id: UUID, request: CorrectionRequestCreate, request_fingerprint: bytes
) -> tuple[CorrectionRequest, bool]:
    """Ask for a correction of what is held on oneself. Raises NotPermitted for a system, ContentDiffers, NotFound."""
    must_be_oneself(actor)
    row = CorrectionRequest(
        id=request_id,
        person_id=actor.id,
        organisation_id=await _organisation_of(session, actor),
        state=CorrectionState.SUBMITTED,
        submitted_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(),
    )
    try:
        existing, is_new = await create_once(session, row, "person_id")
    except NotFound:
        raise CorrectionNotFound(request_id=str(request_id)) from None
    if is_new:
        workdays = await rule_value(session, RuleKey.CORRECTION_DECIDE_WORKDAYS, existing.organisation_id, actor.at)
        session.add(Timer(subject_id=existing.id, kind=TIMER, due_at=end_of_workday(actor.at, workdays)))
        await _record_event(session, EventName.CORRECTION_REQUESTED, existing, actor.event_actor, actor.at)
    return existing, is_new


async def decide(
    session: AsyncSession, actor: Actor, request_id: UUID, request: CorrectionRequestDecision, expected_version: int
) -> CorrectionRequest:
    """Accept or refuse, with the reason; the same decision again changes nothing. Nobody decides on the own.

    Raises CorrectionNotFound, NotPermitted, VersionStale, CorrectionAlreadyDecided.
    """
    row = await _seen(session, actor.asking(Permission.CORRECTION_READ), request_id, is_locked=True)
    allowed = select(CorrectionRequest.id).where(CorrectionRequest.id == request_id, _in_reach(actor))
    if row.person_id == actor.id or await session.scalar(allowed) is None:
        raise NotPermitted(permission=actor.permission)
    state = CorrectionState.ACCEPTED if request.is_accepted else CorrectionState.REFUSED
    if (row.state, row.answer) == (state, request.answer):
        return row
    require_version(row, expected_version)
    if row.decided_at:
        raise CorrectionAlreadyDecided(decided_at=row.decided_at)
    row.state, row.answer, row.decided_at, row.decided_by = state, request.answer, actor.at, actor.id
    row.version += 1
    connection = await session.connection()
    await connection.execute(sa.delete(Timer).where(col(Timer.subject_id) == row.id, col(Timer.kind) == TIMER))
    told = CorrectionDecided(person_id=row.person_id, state=state.value)
    await _record_event(session, EventName.CORRECTION_DECIDED, row, actor.event_actor, actor.at, told)
    await log_access(session, "correction_request.decided", actor_id=actor.id, subject_id=row.person_id)
    return row


async def overdue(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell both sides that a request for correction was not decided in time."""
    statement = select(CorrectionRequest).where(col(CorrectionRequest.id).in_(due)).with_for_update(skip_locked=True)
    requests = (await session.exec(statement)).all()
    for request in requests:
        if request.state is CorrectionState.SUBMITTED:
            told = CorrectionOverdue(due_at=due[request.id])
            await _record_event(session, EventName.CORRECTION_OVERDUE, request, SYSTEM, now, told)
    return [request.id for request in requests]


async def one(session: AsyncSession, actor: Actor, request_id: UUID) -> CorrectionRequestOut:
    """One's own request, or one to decide. Raises CorrectionNotFound."""
    return (await shown(session, [await _seen(session, actor, request_id)]))[0]


async def page(session: AsyncSession, actor: Actor, query: CorrectionRequestQuery) -> Slice[CorrectionRequestOut]:
    """One's own requests and those to decide, newest first."""
    statement = filter_equal(select(CorrectionRequest).where(_visible(actor)), CorrectionRequest, query, "state")
    submitted_at, identifier = col(CorrectionRequest.submitted_at), col(CorrectionRequest.id)
    found = await page_newest_first(session, statement, submitted_at, identifier, query)
    return Slice(await shown(session, list(found.rows)), found.next_cursor)


async def shown(session: AsyncSession, rows: list[CorrectionRequest]) -> list[CorrectionRequestOut]:
    """Requests with the moment by which they are to be decided."""
    timers = select(Timer).where(Timer.kind == TIMER, col(Timer.subject_id).in_([row.id for row in rows]))
    due = {clock.subject_id: clock.due_at for clock in (await session.exec(timers)).all()}
    return [CorrectionRequestOut.model_validate({**row.model_dump(), "decide_by": due.get(row.id)}) for row in rows]


def _in_reach(actor: Actor) -> sa.ColumnElement[bool]:
    """Requests to an organisation in reach; those to none belong to whoever reaches a root."""
    reachable = scope.reachable(actor)
    roots = sa.exists(reachable.where(col(Organisation.parent_id).is_(None)))
    to_none = sa.and_(col(CorrectionRequest.organisation_id).is_(None), roots)
    return sa.or_(col(CorrectionRequest.organisation_id).in_(reachable), to_none)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    seen = _in_reach(actor)
    return sa.or_(seen, col(CorrectionRequest.person_id) == actor.id) if scope.sees_own(actor) else seen


async def _seen(session: AsyncSession, actor: Actor, request_id: UUID, *, is_locked: bool = False) -> CorrectionRequest:
    statement = select(CorrectionRequest).where(CorrectionRequest.id == request_id, _visible(actor))
    not_found = CorrectionNotFound(request_id=str(request_id))
    if is_locked:
        return await locked(session, statement, not_found, of=CorrectionRequest)
    found = (await session.exec(statement)).first()
    if found is None:
        raise not_found
    return found


async def _organisation_of(session: AsyncSession, actor: Actor) -> UUID | None:
    """The organisation that entered the person, else that of the earliest posting in force."""
    entered = (await session.exec(select(Person.organisation_id).where(Person.id == actor.id))).first()
    if entered:
        return entered
    posted = select(Posting.organisation_id).where(scope.in_force(actor)).order_by(col(Posting.valid_from))
    return (await session.exec(posted.limit(1))).first()


async def _record_event(
    session: AsyncSession,
    name: EventName,
    request: CorrectionRequest,
    by: EventActor,
    now: datetime,
    payload: Payload | None = None,
) -> None:
    await record(
        session,
        name,
        request,
        actor=by,
        occurred_at=now,
        organisations=[request.organisation_id] if request.organisation_id else [],
        persons=[request.person_id],
        payload=payload,
    )
