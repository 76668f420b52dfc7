"""Residents' contacts: encrypted, found by a keyed index, revealed to the handler only; every look is logged."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.contacts import Contact
from schemas.solving.problems import ContactOut, ProblemOut, ProblemState
from service.foundation.crypto import Keys
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.access.row_level_security import Purpose, rows_under_rls
from service.solving.problems import accusations, queries
from service.solving.problems.errors import ContactMissing, ContactNoLongerShown, PhoneUnreadable
from service.solving.problems.tables import Problem, ProblemContact

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
    """The contact, for a handler of the problem's present owner, until it is closed.

    Raises ProblemNotFound, NotPermitted, ContactNoLongerShown, ContactMissing.
    """
    owned = select(Problem.state).where(
        Problem.id == problem_id,
        col(Problem.owner_id).in_(scope.reachable(actor)),
        ~accusations.is_withheld(actor),
    )
    state = (await session.exec(owned)).first()
    if state is None:
        await queries.one(session, actor.asking(Permission.PROBLEM_READ), problem_id)
        raise NotPermitted(permission=actor.permission)
    if state is ProblemState.CLOSED:
        raise ContactNoLongerShown
    row = select(ProblemContact.name, ProblemContact.phone).where(ProblemContact.problem_id == problem_id)
    rows = await rows_under_rls(session, Purpose.REVEAL, actor, row)
    if not rows:
        raise ContactMissing
    return ContactOut(name=keys.decrypt(rows[0]["name"], NAME), phone=keys.decrypt(rows[0]["phone"], PHONE))


LOOKED_UP_AT_MOST = 50


async def looked_up(session: AsyncSession, actor: Actor, keys: Keys, phone: str) -> list[ProblemOut]:
    """Problems of whoever has this phone, among those the dispatch desk may see, newest first, at most 50.

    For a caller who asks how far it is, and so that one trouble is not entered twice.
    Raises NotPermitted, PhoneUnreadable.
    """
    if await session.scalar(scope.posting_organisation(actor)) is None:
        raise NotPermitted(permission=actor.permission)
    index = keys.blind(phone)
    if index is None:
        raise PhoneUnreadable
    known = select(ProblemContact.problem_id).where(ProblemContact.phone_index == index)
    found = [row["problem_id"] for row in await rows_under_rls(session, Purpose.LOOK_UP, actor, known)]
    statement = select(Problem).where(col(Problem.id).in_(found), queries.visible(actor))
    newest_first = statement.order_by(col(Problem.raised_at).desc(), col(Problem.id).desc()).limit(LOOKED_UP_AT_MOST)
    return await queries.shown(session, (await session.exec(newest_first)).all())
