"""Reading people."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.access import scope
from service.access.actor import Actor
from service.access.errors import NotPermitted
from service.organisations.tables import Posting
from service.people.errors import PersonNotFound
from service.people.tables import Person


async def person(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person posted in reach now or from a later day on, one whom the actor's side entered, or oneself.

    A posting that has ended shows nobody any more: the person belongs elsewhere now. Raises PersonNotFound.
    """
    statement = select(Person).where(Person.id == person_id, sa.or_(_in_reach(actor), col(Person.id) == actor.id))
    found = (await session.exec(statement)).first()
    if found is None:
        raise PersonNotFound(person_id=str(person_id))
    return found


async def person_in_hand(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person who belongs to an organisation in reach and has no live posting out of reach.

    Only for such a one may a login be given or replaced: otherwise an administrator could post somebody from
    above or from elsewhere, set that one's password, and read as that person.
    Raises PersonNotFound, NotPermitted.
    """
    found = await person(session, actor, person_id)
    elsewhere = sa.exists().where(
        col(Posting.person_id) == col(Person.id),
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.organisation_id).not_in(scope.reachable(actor)),
    )
    belongs = col(Person.organisation_id).in_(scope.reachable(actor))
    in_hand = select(Person.id).where(Person.id == person_id, belongs, ~elsewhere)
    if (await session.exec(in_hand)).first() is None:
        raise NotPermitted(permission=actor.permission.value)
    return found


def _in_reach(actor: Actor) -> sa.ColumnElement[bool]:
    posted = sa.exists().where(
        col(Posting.person_id) == col(Person.id),
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.organisation_id).in_(scope.reachable(actor)),
    )
    return sa.or_(posted, col(Person.organisation_id).in_(scope.reachable(actor)))
