"""Changes of a promise: create it, end it as kept or explained, and report it when it is due."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.promises import PromisePayload
from schemas.fieldwork.promises import PromiseCreate, PromiseState
from service.fieldwork.promises import queries
from service.fieldwork.promises.errors import DueBeforeGiven, OwnerUnknown, PromiseNotFound, PromiseOver
from service.fieldwork.promises.tables import Promise
from service.foundation.creation import create_once
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of, end_of_day
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.ground.places.visit_context import VisitContext
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.organisations.queries import is_posted

DUE_TIMER = "promise.due"
END_EVENTS = {PromiseState.KEPT: EventName.PROMISE_KEPT, PromiseState.EXPLAINED: EventName.PROMISE_EXPLAINED}


async def create_promise(
    session: AsyncSession,
    actor: Actor,
    promise_id: UUID,
    request: PromiseCreate,
    request_fingerprint: bytes,
    context: VisitContext | None = None,
) -> tuple[Promise, bool]:
    """Record a promise, in a visit (`context`) or without one. Returns the promise, and whether it is new.

    The due date may lie between the visit and its record; then the promise is due at once.
    Raises: NotPermitted, PlaceNotFound, OwnerUnknown, DueBeforeGiven, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    given_on = day_of(actor.at)
    if context:
        organisation_id, given_on = context.organisation_id, context.day
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    owner_id = request.owner_id or actor.id
    if await session.get(Promise, promise_id) is None:
        if request.due_on < given_on:
            raise DueBeforeGiven(due_on=request.due_on)
        if not await is_posted(session, owner_id, organisation_id, actor.at):
            raise OwnerUnknown
    row = Promise(
        id=promise_id,
        promised_by=actor.id,
        owner_id=owner_id,
        organisation_id=organisation_id,
        state=PromiseState.OPEN,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(exclude={"owner_id"}),
    )
    promise, is_new = await create_once(session, row, "promised_by")
    if is_new:
        session.add(Timer(subject_id=promise.id, kind=DUE_TIMER, due_at=end_of_day(promise.due_on)))
        await _record_event(session, EventName.PROMISE_GIVEN, promise, actor.at, by=actor.event_actor)
    return promise, is_new


async def end_promise(
    session: AsyncSession, actor: Actor, promise_id: UUID, state: PromiseState, outcome: str, expected_version: int
) -> Promise:
    """End a promise as kept or explained. The actor is its owner or the person who made it.

    Raises: PromiseNotFound, NotPermitted, PromiseOver, VersionStale.
    """
    promise = await _lock_visible(session, actor, promise_id)
    if actor.id not in {promise.owner_id, promise.promised_by}:
        raise NotPermitted(permission=actor.permission)
    if (promise.state, promise.outcome) == (state, outcome):
        return promise
    if promise.state is not PromiseState.OPEN:
        raise PromiseOver(state=promise.state)
    require_version(promise, expected_version)
    promise.state, promise.outcome, promise.ended_at = state, outcome, actor.at
    promise.version += 1
    connection = await session.connection()
    await connection.execute(sa.delete(Timer).where(col(Timer.subject_id) == promise.id, col(Timer.kind) == DUE_TIMER))
    await _record_event(session, END_EVENTS[state], promise, actor.at, by=actor.event_actor)
    return promise


async def record_due(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Record `promise.due` for each promise that is due and still open. Returns the ids that were handled.

    A promise that another transaction has locked is handled by the next sweep.
    """
    statement = select(Promise).where(col(Promise.id).in_(due)).with_for_update(skip_locked=True)
    promises = (await session.exec(statement)).all()
    for promise in promises:
        if promise.state is PromiseState.OPEN:
            await _record_event(session, EventName.PROMISE_DUE, promise, now, by=SYSTEM)
    return [promise.id for promise in promises]


async def _lock_visible(session: AsyncSession, actor: Actor, promise_id: UUID) -> Promise:
    """Load and lock a promise that the actor may see. Raises: PromiseNotFound."""
    visible = queries.visible_promises(actor.asking(Permission.PROMISE_READ)).where(Promise.id == promise_id)
    return await locked(session, visible, PromiseNotFound(promise_id=str(promise_id)), of=Promise)


async def _record_event(
    session: AsyncSession, name: EventName, promise: Promise, now: datetime, *, by: EventActor
) -> None:
    await record(
        session,
        name,
        promise,
        actor=by,
        occurred_at=now,
        organisations=[promise.organisation_id],
        persons=[promise.promised_by, promise.owner_id],
        payload=PromisePayload(place_id=promise.place_id, owner_id=promise.owner_id, due_on=promise.due_on),
    )
