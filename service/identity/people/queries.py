"""Reading people."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.people.errors import NotForOneself, PersonNotFound, WaysInKeptApart
from service.identity.people.tables import Person
from service.identity.tree.tables import Posting

KEPT_APART = (Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
"""Who must be nobody the system administrator can sign in as (三员分立)."""


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

    Only of such a one may anything be changed: otherwise an administrator could post somebody from above or from
    elsewhere, set that one's password, and read as that person. Raises PersonNotFound, NotPermitted.
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
        raise NotPermitted(permission=actor.permission)
    return found


async def person_to_let_in(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person in hand whose ways in (password, second factor, linked accounts) the actor may give or take.

    Nobody's own: a stolen token would become a password without knowing the old one. And not those of a security or
    audit administrator, now or from a later day on: whoever keeps the accounts would otherwise sign in as the one
    who gives the administrators' roles, or as the one who watches. Theirs are set by command.
    Raises PersonNotFound, NotPermitted, NotForOneself, WaysInKeptApart.
    """
    found = await person_in_hand(session, actor, person_id)
    if found.id == actor.id:
        raise NotForOneself
    kept_apart = select(Posting.id).where(
        Posting.person_id == person_id,
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.role).in_(KEPT_APART),
    )
    if (await session.exec(kept_apart.limit(1))).first() is not None:
        raise WaysInKeptApart
    return found


def _in_reach(actor: Actor) -> sa.ColumnElement[bool]:
    posted = sa.exists().where(
        col(Posting.person_id) == col(Person.id),
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.organisation_id).in_(scope.reachable(actor)),
    )
    return sa.or_(posted, col(Person.organisation_id).in_(scope.reachable(actor)))
