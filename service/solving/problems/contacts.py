"""Contacts of residents: encrypted, revealed to the handler, searchable by phone (blind index)."""

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


def build_contact(keys: Keys, problem_id: UUID, contact: Contact) -> ProblemContact:
    """Build the encrypted row of a contact."""
    return ProblemContact(
        problem_id=problem_id,
        name=keys.encrypt(contact.name, NAME),
        phone=keys.encrypt(contact.phone, PHONE),
        phone_index=keys.blind(contact.phone),
    )


async def reveal_contact(session: AsyncSession, actor: Actor, keys: Keys, problem_id: UUID) -> ContactOut:
    """Decrypt the contact for a handler of the current owner, until the problem is closed.

    Raises: ProblemNotFound, NotPermitted, ContactNoLongerShown, ContactMissing.
    """
    owned_state = select(Problem.state).where(
        Problem.id == problem_id,
        col(Problem.owner_id).in_(scope.reachable(actor)),
        ~accusations.is_barred(actor),
    )
    state = (await session.exec(owned_state)).first()
    if state is None:
        await queries.read_problem(session, actor.asking(Permission.PROBLEM_READ), problem_id)
        raise NotPermitted(permission=actor.permission)
    if state is ProblemState.CLOSED:
        raise ContactNoLongerShown
    statement = select(ProblemContact.name, ProblemContact.phone).where(ProblemContact.problem_id == problem_id)
    rows = await rows_under_rls(session, Purpose.REVEAL, actor, statement)
    if not rows:
        raise ContactMissing
    return ContactOut(name=keys.decrypt(rows[0]["name"], NAME), phone=keys.decrypt(rows[0]["phone"], PHONE))


MAX_FOUND = 50


async def find_by_phone(session: AsyncSession, actor: Actor, keys: Keys, phone: str) -> list[ProblemOut]:
    """List the problems with this phone number that the dispatcher may see, newest first, at most 50.

    For callers who ask about progress, and to avoid that a problem is entered twice.
    Raises: NotPermitted, PhoneUnreadable.
    """
    if await session.scalar(scope.posting_organisation(actor)) is None:
        raise NotPermitted(permission=actor.permission)
    index = keys.blind(phone)
    if index is None:
        raise PhoneUnreadable
    matching = select(ProblemContact.problem_id).where(ProblemContact.phone_index == index)
    problem_ids = [row["problem_id"] for row in await rows_under_rls(session, Purpose.LOOK_UP, actor, matching)]
    statement = select(Problem).where(col(Problem.id).in_(problem_ids), queries.visible_to(actor))
    newest_first = statement.order_by(col(Problem.raised_at).desc(), col(Problem.id).desc()).limit(MAX_FOUND)
    return await queries.problems_out(session, (await session.exec(newest_first)).all())
