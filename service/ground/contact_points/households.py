"""Households that agreed to contact with a leader.

Their contact data is encrypted, only the leader reads it, and it is deleted when the contact point ends.
"""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.contact_points import ContactHouseholdPayload
from schemas.foundation.common import PageQuery
from schemas.foundation.contacts import Contact
from schemas.ground.contact_points import HouseholdCreate, HouseholdOut
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.paging import Key, Slice, newest_first, slice_page
from service.foundation.rows import locked
from service.foundation.workdays import day_of
from service.ground.contact_points.errors import (
    AgreementInFuture,
    AlreadyEnded,
    ContactPointNotFound,
    HouseholdNotFound,
)
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.actor import Actor
from service.identity.access.row_level_security import Purpose, rows_under_rls, set_rls_purpose

NAME, PHONE = "contact_household.name", "contact_household.phone"


async def add_household(
    session: AsyncSession,
    actor: Actor,
    keys: Keys,
    contact_point_id: UUID,
    household_id: UUID,
    request: HouseholdCreate,
    request_fingerprint: bytes,
) -> bool:
    """Add a household that agreed; return whether it is new.

    Raises: ContactPointNotFound, AlreadyEnded, AgreementInFuture, ContentDiffers.
    """
    point = await _lock_own(session, actor, contact_point_id)
    if point.ended_at is not None:
        raise AlreadyEnded(ended_at=point.ended_at)
    today = day_of(actor.at)
    if request.agreed_on > today:
        raise AgreementInFuture(agreed_on=request.agreed_on, today=today)
    await set_rls_purpose(session, Purpose.KEEP, actor)
    row = ContactHousehold(
        id=household_id,
        contact_point_id=contact_point_id,
        name=keys.encrypt(request.contact.name, NAME),
        phone=keys.encrypt(request.contact.phone, PHONE),
        agreed_on=request.agreed_on,
        notice_version=request.notice_version,
        added_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    existing, is_new = await create_once(session, row, "contact_point_id")
    if is_new:
        await _record_event(session, actor, EventName.CONTACT_HOUSEHOLD_ADDED, existing)
    return is_new


async def remove_household(session: AsyncSession, actor: Actor, contact_point_id: UUID, household_id: UUID) -> None:
    """Delete a household that no longer agrees. Raises: ContactPointNotFound, HouseholdNotFound."""
    await _lock_own(session, actor, contact_point_id)
    await set_rls_purpose(session, Purpose.KEEP, actor)
    statement = select(ContactHousehold).where(
        ContactHousehold.id == household_id, ContactHousehold.contact_point_id == contact_point_id
    )
    row = (await session.exec(statement)).first()
    if row is None:
        raise HouseholdNotFound(household_id=str(household_id))
    await _record_event(session, actor, EventName.CONTACT_HOUSEHOLD_REMOVED, row)
    await session.delete(row)


async def list_households(
    session: AsyncSession, actor: Actor, keys: Keys, contact_point_id: UUID, query: PageQuery
) -> Slice[HouseholdOut]:
    """List the households of the actor's own contact point, newest first. Raises: ContactPointNotFound."""
    await _lock_own(session, actor, contact_point_id)
    statement = select(ContactHousehold).where(ContactHousehold.contact_point_id == contact_point_id)
    ordered = newest_first(statement, col(ContactHousehold.added_at), col(ContactHousehold.id), query)
    rows = await rows_under_rls(session, Purpose.KEEP, actor, ordered)
    page = slice_page(rows, query, lambda row: Key(row["added_at"], row["id"]))
    return Slice([_decrypt(keys, row) for row in page.rows], page.next_cursor)


def _decrypt(keys: Keys, row: dict[str, Any]) -> HouseholdOut:
    contact = Contact(name=keys.decrypt(row["name"], NAME), phone=keys.decrypt(row["phone"], PHONE))
    return HouseholdOut(id=row["id"], contact=contact, agreed_on=row["agreed_on"], notice_version=row["notice_version"])


async def _lock_own(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """Load and lock the actor's own contact point; for other people it has no households.

    Raises: ContactPointNotFound.
    """
    statement = select(ContactPoint).where(ContactPoint.id == contact_point_id, ContactPoint.leader_id == actor.id)
    not_found = ContactPointNotFound(contact_point_id=str(contact_point_id))
    return await locked(session, statement, not_found, key_share=True)


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, household: ContactHousehold) -> None:
    await record(
        session,
        name,
        household,
        actor=actor.event_actor,
        occurred_at=actor.at,
        persons=[actor.id],
        payload=ContactHouseholdPayload(contact_point_id=household.contact_point_id),
    )
