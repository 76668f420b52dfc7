"""Reading people."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.access import scope
from service.access.actor import Actor
from service.organisations.tables import Posting
from service.people.errors import PersonNotFound
from service.people.tables import Person


async def person(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person posted in reach, one whom nobody has posted yet and the actor's side created, or oneself.

    Raises PersonNotFound.
    """
    posted = sa.exists().where(
        col(Posting.person_id) == col(Person.id), col(Posting.organisation_id).in_(scope.reachable(actor))
    )
    statement = select(Person).where(
        Person.id == person_id,
        sa.or_(posted, col(Person.organisation_id).in_(scope.reachable(actor)), col(Person.id) == actor.id),
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise PersonNotFound(person_id=str(person_id))
    return found
