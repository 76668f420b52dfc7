"""What is done to a promise: given, kept, explained. Falling due is a clock's."""

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

DUE = "promise.due"
ENDED = {PromiseState.KEPT: EventName.PROMISE_KEPT, PromiseState.EXPLAINED: EventName.PROMISE_EXPLAINED}


async def give(
    session: AsyncSession,
    actor: Actor,
    promise_id: UUID,
    request: PromiseCreate,
    request_fingerprint: bytes,
    visit: VisitContext | None = None,
) -> tuple[Promise, bool]:
    """Write down what was promised, in a visit or without one; says whether this request did it.

    One that was due between a visit and its record is taken, and waits at once.

    Raises NotPermitted, PlaceNotFound, OwnerUnknown, DueBeforeGiven, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    given_on = day_of(actor.at)
    if visit:
        organisation_id, given_on = visit.organisation_id, visit.day
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
    existing, is_new = await create_once(session, row, "promised_by")
    if is_new:
        session.add(Timer(subject_id=existing.id, kind=DUE, due_at=end_of_day(existing.due_on)))
        await _record_event(session, EventName.PROMISE_GIVEN, existing, actor.at, by=actor.event_actor)
    return existing, is_new


async def end(
    session: AsyncSession, actor: Actor, promise_id: UUID, state: PromiseState, outcome: str, expected_version: int
) -> Promise:
    """The owner, or whoever promised, says how it was kept or why not.

    Raises PromiseNotFound, NotPermitted, PromiseOver, VersionStale.
    """
    promise = await _seen(session, actor, promise_id)
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
    await connection.execute(sa.delete(Timer).where(col(Timer.subject_id) == promise.id, col(Timer.kind) == DUE))
    await _record_event(session, ENDED[state], promise, actor.at, by=actor.event_actor)
    return promise


async def record_due(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell of each that is still open; those somebody is ending at this instant are left for the next sweep."""
    statement = select(Promise).where(col(Promise.id).in_(due)).with_for_update(skip_locked=True)
    promises = (await session.exec(statement)).all()
    for promise in promises:
        if promise.state is PromiseState.OPEN:
            await _record_event(session, EventName.PROMISE_DUE, promise, now, by=SYSTEM)
    return [promise.id for promise in promises]


async def _seen(session: AsyncSession, actor: Actor, promise_id: UUID) -> Promise:
    """A promise the actor may see, locked until the transaction ends. Raises PromiseNotFound."""
    visible = queries.seen(actor.asking(Permission.PROMISE_READ)).where(Promise.id == promise_id)
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
