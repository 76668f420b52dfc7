"""Builders for contact points and their households; they write rows without the API."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.ground.places.tables import Place
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.identity.people.tables import Person
from tests.conftest import START

TODAY = START.date()


def a_contact_point(leader: Person, place: Place, **fields: Any) -> ContactPoint:
    """Build a contact point of the place's organisation, for today only."""
    return ContactPoint(
        id=new_id(),
        leader_id=leader.id,
        organisation_id=place.organisation_id,
        place_id=place.id,
        purpose="联系群众",
        begins_on=TODAY,
        ends_on=TODAY,
        created_at=START,
        request_fingerprint=b"",
        **fields,
    )


async def a_household(session: AsyncSession, point: ContactPoint) -> ContactHousehold:
    """Create a household of an existing contact point.

    Sets the row-level security purpose of the transaction.
    """
    row = ContactHousehold(
        id=new_id(),
        contact_point_id=point.id,
        name=b"n",
        phone=b"p",
        agreed_on=TODAY,
        notice_version="1",
        added_at=START,
        request_fingerprint=b"",
    )
    await set_rls_purpose(session, Purpose.UPKEEP)
    session.add(row)
    await session.flush()
    return row
