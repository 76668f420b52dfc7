"""Residents' contacts: encrypted, found by a keyed index, revealed to the handler only; every look is logged."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.problems import Contact, ContactOut, ProblemOut
from service.access import scope
from service.access.actor import Actor
from service.access.errors import NotPermitted
from service.access.permissions import Permission
from service.core.crypto import Keys
from service.problems import queries
from service.problems.errors import ContactMissing, PhoneUnreadable
from service.problems.tables import Problem, ProblemContact

NAME, PHONE = "problem_contact.name", "problem_contact.phone"


def encrypted(keys: Keys, problem_id: UUID, contact: Contact) -> ProblemContact:
    """The row to keep: nothing in it can be read without the field key."""
    return ProblemContact(
        problem_id=problem_id,
        name=keys.encrypt(contact.name, NAME),
        phone=keys.encrypt(contact.phone, PHONE),
        phone_index=keys.blind(contact.phone),
    )


async def revealed(session: AsyncSession, actor: Actor, keys: Keys, problem_id: UUID) -> ContactOut:
    """The contact, for a handler of the problem's owner. Raises ProblemNotFound, NotPermitted, ContactMissing."""
    owned = select(Problem.id).where(Problem.id == problem_id, col(Problem.owner_id).in_(scope.reachable(actor)))
    if await session.scalar(owned) is None:
        await queries.one(session, actor.asking(Permission.PROBLEM_READ), problem_id)
        raise NotPermitted(permission=actor.permission.value)
    row = await session.get(ProblemContact, problem_id)
    if row is None:
        raise ContactMissing
    return ContactOut(name=keys.decrypt(row.name, NAME), phone=keys.decrypt(row.phone, PHONE))


LOOKED_UP_AT_MOST = 50


async def looked_up(session: AsyncSession, actor: Actor, keys: Keys, phone: str) -> list[ProblemOut]:
    """Problems of whoever has this phone, among those the dispatch desk may see, newest first, at most 50.

    For a caller who asks how far it is, and so that one trouble is not entered twice.
    Raises NotPermitted, PhoneUnreadable.
    """
    if await session.scalar(scope.posted_with(actor)) is None:
        raise NotPermitted(permission=actor.permission.value)
    index = keys.blind(phone)
    if index is None:
        raise PhoneUnreadable
    statement = (
        select(Problem)
        .join(ProblemContact, col(ProblemContact.problem_id) == col(Problem.id))
        .where(ProblemContact.phone_index == index, queries.visible(actor))
        .order_by(col(Problem.raised_at).desc(), col(Problem.id).desc())
    )
    return await queries.shown(session, (await session.exec(statement.limit(LOOKED_UP_AT_MOST))).all())
