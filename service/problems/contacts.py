"""Residents' contacts: encrypted at once, found by a keyed index, revealed to the handler only, each reveal logged."""

import hmac
import re
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.problems import Contact, ContactOut, ProblemState
from service.access import scope
from service.access.actor import Actor
from service.access.errors import NotPermitted
from service.access.locks import Purpose, locked_rows
from service.access.permissions import Permission
from service.core.crypto import Keys
from service.problems import accusations, queries
from service.problems.errors import ContactMissing, ContactNoLongerShown
from service.problems.tables import Problem, ProblemContact

NAME, PHONE = "problem_contact.name", "problem_contact.phone"


def encrypted(keys: Keys, problem_id: UUID, contact: Contact) -> ProblemContact:
    """The row to keep: nothing in it can be read without the field key."""
    digits = re.sub(r"\D", "", contact.phone).removeprefix("86")
    return ProblemContact(
        problem_id=problem_id,
        name=keys.encrypt(contact.name, NAME),
        phone=keys.encrypt(contact.phone, PHONE),
        phone_index=hmac.new(keys.index, digits.encode(), sha256).digest(),
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
        raise NotPermitted(permission=actor.permission.value)
    if state is ProblemState.CLOSED:
        raise ContactNoLongerShown
    kept = select(ProblemContact.name, ProblemContact.phone).where(ProblemContact.problem_id == problem_id)
    rows = await locked_rows(session, Purpose.REVEAL, actor, kept)
    if not rows:
        raise ContactMissing
    return ContactOut(name=keys.decrypt(rows[0]["name"], NAME), phone=keys.decrypt(rows[0]["phone"], PHONE))
