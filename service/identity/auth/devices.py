"""Devices on which a person stays signed in: sign in, list, sign out."""

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
from service.identity.auth.refresh_tokens import RefreshTokens, SignedIn
from service.identity.auth.tables import Device
from service.identity.auth.tokens import Principal
from service.identity.people.consents import require_person
from service.identity.tree.tables import Posting


async def sign_in_device(
    session: AsyncSession,
    refresh_tokens: RefreshTokens,
    person_id: UUID,
    request: DeviceCreate,
    now: datetime,
    *,
    has_second_factor: bool,
) -> SignedIn:
    """Sign an identified person in on a device. Password and provider sign-ins both end here.

    `has_second_factor`: whether a second factor confirmed the sign-in. A device that signs in again starts a new
    chain of refresh tokens, which ends the old one. An event notifies the person of a newly signed-in device.
    Raises: DeviceNotFound when the id belongs to another person, SecondFactorNeeded.
    """
    if not has_second_factor and await needs_second_factor(session, refresh_tokens, person_id, now):
        raise SecondFactorNeeded
    row, is_new = await _lock_or_create_device(session, person_id, request, now)
    was_signed_out = row.revoked_at is not None or row.expires_at <= now
    row.name, row.family_id, row.has_second_factor = request.name, uuid4(), has_second_factor
    row.generation, row.previous = 1, None
    row.signed_in_at = row.rotated_at = now
    row.expires_at = now + min(refresh_tokens.idle, refresh_tokens.absolute)
    row.revoked_at = row.revoked_because = None
    if is_new or was_signed_out:
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
    return SignedIn(principal, refresh_tokens.token(row.family_id, 1), row.expires_at)


async def needs_second_factor(
    session: AsyncSession, refresh_tokens: RefreshTokens, person_id: UUID, now: datetime
) -> bool:
    """Whether a role of the person requires a second factor."""
    postings = select(Posting.id).where(
        Posting.person_id == person_id,
        is_in_force(Posting, now),
        col(Posting.role).in_(refresh_tokens.second_factor_roles),
    )
    return (await session.exec(postings.limit(1))).first() is not None


async def page_own(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[Device]:
    """The actor's devices, newest first, including signed-out ones.

    Raises: NotPermitted for a service client.
    """
    require_person(actor)
    statement = select(Device).where(Device.person_id == actor.id)
    return await page_newest_first(session, statement, col(Device.created_at), col(Device.id), query)


def device_out(actor: Actor, device: Device) -> DeviceOut:
    """The device in the form that its person reads."""
    fields = device.model_dump() | {"last_seen_at": device.rotated_at, "is_this": device.id == actor.device_id}
    return DeviceOut.model_validate(fields)


async def revoke_own(session: AsyncSession, actor: Actor, device_id: UUID) -> None:
    """Sign out one of the actor's devices. Raises: NotPermitted for a service client, DeviceNotFound."""
    require_person(actor)
    own_device = select(Device.id).where(Device.id == device_id, Device.person_id == actor.id)
    if (await session.exec(own_device)).first() is None:
        raise DeviceNotFound(device_id=str(device_id))
    await revoke(session, actor.id, RevokedBecause.PERSON, by=actor.event_actor, now=actor.at, only_id=device_id)


async def revoke_others(session: AsyncSession, actor: Actor) -> None:
    """Sign out the actor's devices except the one in use. Raises: NotPermitted for a service client."""
    require_person(actor)
    await revoke(
        session, actor.id, RevokedBecause.PERSON, by=actor.event_actor, now=actor.at, except_id=actor.device_id
    )


async def revoke(
    session: AsyncSession,
    person_id: UUID,
    reason: RevokedBecause,
    *,
    by: EventActor,
    now: datetime,
    only_id: UUID | None = None,
    except_id: UUID | None = None,
) -> int:
    """Sign out one, all but one, or all devices of a person, and record an event for each.

    Returns their number.
    Their access tokens work until they expire, at most ten minutes.
    """
    statement = _select_signed_in(person_id)
    if only_id:
        statement = statement.where(Device.id == only_id)
    if except_id:
        statement = statement.where(Device.id != except_id)
    devices: Sequence[Device] = (await session.exec(statement)).all()
    for device in devices:
        device.revoked_at, device.revoked_because = now, reason
        device.version += 1
        await record(
            session,
            EventName.DEVICE_REVOKED,
            device,
            actor=by,
            occurred_at=now,
            persons=[person_id],
            payload=DeviceRevoked(reason=reason.value),
        )
        facts = {"device_id": str(device.id), "reason": reason.value}
        await log_access(session, "auth.device_revoked", actor_id=by.id, subject_id=person_id, facts=facts)
    return len(devices)


def _select_signed_in(person_id: UUID) -> SelectOfScalar[Device]:
    return (
        select(Device)
        .where(Device.person_id == person_id, col(Device.revoked_at).is_(None))
        .order_by(col(Device.id))
        .with_for_update()
    )


async def _lock_or_create_device(
    session: AsyncSession, person_id: UUID, request: DeviceCreate, now: datetime
) -> tuple[Device, bool]:
    """The locked row of the device, and whether it is new.

    Parallel sign-ins with the same id share one row.
    """
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
    insertion = insert(Device).values(row.model_dump()).on_conflict_do_nothing(index_elements=["id"])
    is_new = (await connection.execute(insertion.returning(sa.literal(1)))).first() is not None
    existing = (await session.exec(select(Device).where(Device.id == request.id).with_for_update())).one()
    if existing.person_id != person_id:
        raise DeviceNotFound(device_id=str(request.id))
    return existing, is_new
