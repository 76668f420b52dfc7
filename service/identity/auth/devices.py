"""Where a person stays signed in: beginning on a device, the list of one's own, signing them out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.auth import DeviceRevoked
from schemas.foundation.common import PageQuery
from schemas.identity.devices import DeviceCreate, DeviceOut, RevokedBecause
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.paging import Slice, page_newest_first
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.scope import is_in_force
from service.identity.auth.errors import DeviceNotFound, SecondFactorNeeded
from service.identity.auth.refreshing import Refreshing, SignedIn
from service.identity.auth.tables import Device
from service.identity.auth.tokens import Principal
from service.identity.people.consents import must_be_oneself
from service.identity.tree.tables import Posting


async def start(
    session: AsyncSession,
    refreshing: Refreshing,
    person_id: UUID,
    request: DeviceCreate,
    now: datetime,
    *,
    has_second_factor: bool,
) -> SignedIn:
    """Sign the person in on the device; every way in ends here, once it knows who it is.

    `has_second_factor`: whether the sign-in was confirmed by one. The same device signing in again begins a new
    chain of refresh tokens and ends the one before. The person is told of a device that was not signed in.
    Raises DeviceNotFound when the id is another person's, SecondFactorNeeded.
    """
    if not has_second_factor and await must_be_strong(session, refreshing, person_id, now):
        raise SecondFactorNeeded
    row, is_new = await _kept(session, person_id, request, now)
    was_out = row.revoked_at is not None or row.expires_at <= now
    row.name, row.family_id, row.has_second_factor = request.name, uuid4(), has_second_factor
    row.generation, row.previous = 1, None
    row.signed_in_at = row.rotated_at = now
    row.expires_at = now + min(refreshing.idle, refreshing.absolute)
    row.revoked_at = row.revoked_because = None
    if is_new or was_out:
        row.version += 0 if is_new else 1
        await record(
            session,
            EventName.DEVICE_SIGNED_IN,
            row,
            actor=EventActor.person(person_id),
            occurred_at=now,
            persons=[person_id],
        )
    await session.flush()
    principal = Principal(person_id, None, row.id)
    return SignedIn(principal, refreshing.token(row.family_id, 1), row.expires_at)


async def must_be_strong(session: AsyncSession, refreshing: Refreshing, person_id: UUID, now: datetime) -> bool:
    """Whether a posting of the person's wants a second factor."""
    posted = select(Posting.id).where(
        Posting.person_id == person_id, is_in_force(Posting, now), col(Posting.role).in_(refreshing.strong_roles)
    )
    return (await session.exec(posted.limit(1))).first() is not None


async def own(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[Device]:
    """The devices one signed in on, newest first, those signed out among them. Raises NotPermitted for a system."""
    must_be_oneself(actor)
    statement = select(Device).where(Device.person_id == actor.id)
    return await page_newest_first(session, statement, col(Device.created_at), col(Device.id), query)


def shown(actor: Actor, device: Device) -> DeviceOut:
    """The device as its person reads it."""
    said = device.model_dump() | {"last_seen_at": device.rotated_at, "is_this": device.id == actor.device_id}
    return DeviceOut.model_validate(said)


async def revoke_own(session: AsyncSession, actor: Actor, device_id: UUID) -> None:
    """Sign one of one's own devices out. Raises NotPermitted for a system, DeviceNotFound."""
    must_be_oneself(actor)
    known = select(Device.id).where(Device.id == device_id, Device.person_id == actor.id)
    if (await session.exec(known)).first() is None:
        raise DeviceNotFound(device_id=str(device_id))
    await revoke(session, actor.id, RevokedBecause.PERSON, by=actor.event_actor, now=actor.at, only=device_id)


async def revoke_others(session: AsyncSession, actor: Actor) -> None:
    """Sign out every own device but the one that asks. Raises NotPermitted for a system."""
    must_be_oneself(actor)
    await revoke(session, actor.id, RevokedBecause.PERSON, by=actor.event_actor, now=actor.at, but=actor.device_id)


async def revoke(
    session: AsyncSession,
    person_id: UUID,
    because: RevokedBecause,
    *,
    by: EventActor,
    now: datetime,
    only: UUID | None = None,
    but: UUID | None = None,
) -> int:
    """Sign the person's devices out (one, all but one, or all) and tell the person; how many there were.

    What they hold of access tokens works until it has run out, ten minutes at most.
    """
    live = _live(person_id)
    if only:
        live = live.where(Device.id == only)
    if but:
        live = live.where(Device.id != but)
    devices: Sequence[Device] = (await session.exec(live)).all()
    for device in devices:
        device.revoked_at, device.revoked_because = now, because
        device.version += 1
        told = DeviceRevoked(reason=because.value)
        await record(
            session,
            EventName.DEVICE_REVOKED,
            device,
            actor=by,
            occurred_at=now,
            persons=[person_id],
            payload=told,
        )
        facts = {"device_id": str(device.id), "reason": because.value}
        await log_access(session, "auth.device_revoked", actor_id=by.id, subject_id=person_id, facts=facts)
    return len(devices)


def _live(person_id: UUID) -> SelectOfScalar[Device]:
    return (
        select(Device)
        .where(Device.person_id == person_id, col(Device.revoked_at).is_(None))
        .order_by(col(Device.id))
        .with_for_update()
    )


async def _kept(session: AsyncSession, person_id: UUID, request: DeviceCreate, now: datetime) -> tuple[Device, bool]:
    """The device's row, locked; whether it is new. Two that sign in at once with one id make one row."""
    row = Device(
        id=request.id,
        person_id=person_id,
        name=request.name,
        created_at=now,
        family_id=uuid4(),
        generation=1,
        signed_in_at=now,
        rotated_at=now,
        expires_at=now,
        has_second_factor=False,
    )
    connection = await session.connection()
    new = insert(Device).values(row.model_dump()).on_conflict_do_nothing(index_elements=["id"])
    is_new = (await connection.execute(new.returning(sa.literal(1)))).first() is not None
    existing = (await session.exec(select(Device).where(Device.id == request.id).with_for_update())).one()
    if existing.person_id != person_id:
        raise DeviceNotFound(device_id=str(request.id))
    return existing, is_new
