"""Households that agreed to be kept in touch with: encrypted, shown to the leader alone, gone with the contact."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.contact_points import ContactHouseholdMoved
from schemas.foundation.contacts import Contact
from schemas.ground.contact_points import HouseholdCreate, HouseholdOut
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.paging import Key, PageQuery, Slice, after, sliced
from service.foundation.workdays import day_of
from service.ground.contact_points.errors import AgreedLater, AlreadyEnded, ContactPointNotFound, HouseholdNotFound
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.actor import Actor
from service.identity.access.row_level_security import Purpose, rows_under_rls, set_rls_purpose

NAME, PHONE = "contact_household.name", "contact_household.phone"


async def add(
    session: AsyncSession,
    actor: Actor,
    keys: Keys,
    contact_point_id: UUID,
    household_id: UUID,
    request: HouseholdCreate,
    request_fingerprint: bytes,
) -> bool:
    """Note a household that agreed; says whether it is new.

    Raises ContactPointNotFound, AlreadyEnded, AgreedLater, ContentDiffers.
    """
    point = await _own(session, actor, contact_point_id)
    if point.ended_at is not None:
        raise AlreadyEnded(ended_at=point.ended_at.isoformat())
    today = day_of(actor.at)
    if request.agreed_on > today:
        raise AgreedLater(agreed_on=request.agreed_on.isoformat(), today=today.isoformat())
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


async def remove(session: AsyncSession, actor: Actor, contact_point_id: UUID, household_id: UUID) -> None:
    """The household no longer agrees: its contact is deleted. Raises ContactPointNotFound, HouseholdNotFound."""
    await _own(session, actor, contact_point_id)
    await set_rls_purpose(session, Purpose.KEEP, actor)
    statement = select(ContactHousehold).where(
        ContactHousehold.id == household_id, ContactHousehold.contact_point_id == contact_point_id
    )
    row = (await session.exec(statement)).first()
    if row is None:
        raise HouseholdNotFound(household_id=str(household_id))
    await _record_event(session, actor, EventName.CONTACT_HOUSEHOLD_REMOVED, row)
    await session.delete(row)


async def page(
    session: AsyncSession, actor: Actor, keys: Keys, contact_point_id: UUID, page_query: PageQuery
) -> Slice[HouseholdOut]:
    """The households of one's own contact point, newest first. Raises ContactPointNotFound."""
    await _own(session, actor, contact_point_id)
    statement = select(ContactHousehold).where(ContactHousehold.contact_point_id == contact_point_id)
    if page_query.after:
        statement = statement.where(after(col(ContactHousehold.added_at), col(ContactHousehold.id), page_query.after))
    newest_first = statement.order_by(col(ContactHousehold.added_at).desc(), col(ContactHousehold.id).desc())
    rows = await rows_under_rls(session, Purpose.KEEP, actor, newest_first.limit(page_query.limit + 1))
    found = sliced(rows, page_query.limit, lambda row: Key(row["added_at"], row["id"]))
    return Slice([_shown(keys, row) for row in found.rows], found.last)


def _shown(keys: Keys, row: dict[str, Any]) -> HouseholdOut:
    contact = Contact(name=keys.decrypt(row["name"], NAME), phone=keys.decrypt(row["phone"], PHONE))
    return HouseholdOut(id=row["id"], contact=contact, agreed_on=row["agreed_on"], notice_version=row["notice_version"])


async def _own(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """The leader's own contact point, locked; to everybody else it has no households."""
    statement = select(ContactPoint).where(ContactPoint.id == contact_point_id, ContactPoint.leader_id == actor.id)
    point = (await session.exec(statement.with_for_update(key_share=True))).first()
    if point is None:
        raise ContactPointNotFound(contact_point_id=str(contact_point_id))
    return point


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, household: ContactHousehold) -> None:
    await record(
        session,
        name,
        household,
        actor_id=actor.id,
        occurred_at=actor.at,
        persons=[actor.id],
        payload=ContactHouseholdMoved(contact_point_id=household.contact_point_id),
    )
