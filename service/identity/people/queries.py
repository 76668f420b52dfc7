"""Read persons, and check which persons an actor may manage."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.people.errors import OwnSignInProtected, PersonNotFound, SignInProtected
from service.identity.people.tables import Person
from service.identity.tree.tables import Posting

PROTECTED_ROLES = (Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
"""Roles of persons whose sign-in a system administrator may not change (三员分立)."""


async def person(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person that the actor may read: posted in reach now or later, created in reach, or the actor.

    An ended posting does not count, because the person belongs elsewhere now. Raises: PersonNotFound.
    """
    statement = select(Person).where(Person.id == person_id, sa.or_(_in_reach(actor), col(Person.id) == actor.id))
    row = (await session.exec(statement)).first()
    if row is None:
        raise PersonNotFound(person_id=str(person_id))
    return row


async def manageable_person(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person that the actor may change: created in reach, with no active posting outside reach.

    Otherwise an administrator could give a posting to a person of a higher or foreign organisation, set the password,
    and read data as that person. Raises: PersonNotFound, NotPermitted.
    """
    row = await person(session, actor, person_id)
    elsewhere = sa.exists().where(
        col(Posting.person_id) == col(Person.id),
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.organisation_id).not_in(scope.reachable(actor)),
    )
    belongs = col(Person.organisation_id).in_(scope.reachable(actor))
    manageable = select(Person.id).where(Person.id == person_id, belongs, ~elsewhere)
    if (await session.exec(manageable)).first() is None:
        raise NotPermitted(permission=actor.permission)
    return row


async def person_with_manageable_sign_in(session: AsyncSession, actor: Actor, person_id: UUID) -> Person:
    """A person whose sign-in (password, second factor, linked accounts) the actor may change.

    Not the actor, because a stolen token could then set a password without the old one. Not a present or future
    security or audit administrator, because the account administrator could then sign in as the person who gives
    administrator roles or reads the audit log. A command sets their sign-in.
    Raises: PersonNotFound, NotPermitted, OwnSignInProtected, SignInProtected.
    """
    row = await manageable_person(session, actor, person_id)
    if row.id == actor.id:
        raise OwnSignInProtected
    protected_postings = select(Posting.id).where(
        Posting.person_id == person_id,
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.role).in_(PROTECTED_ROLES),
    )
    if (await session.exec(protected_postings.limit(1))).first() is not None:
        raise SignInProtected
    return row


def _in_reach(actor: Actor) -> sa.ColumnElement[bool]:
    posted = sa.exists().where(
        col(Posting.person_id) == col(Person.id),
        sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > actor.at),
        col(Posting.organisation_id).in_(scope.reachable(actor)),
    )
    return sa.or_(posted, col(Person.organisation_id).in_(scope.reachable(actor)))
