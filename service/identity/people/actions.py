"""Creating people and changing what is said of them."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.people import PersonAsked, PersonChanged
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.people import queries
from service.identity.people.tables import Person


async def create_person(
    session: AsyncSession, actor: Actor, person_id: UUID, asked: PersonAsked, sameness: bytes
) -> tuple[Person, bool]:
    """Create a person for an organisation in reach. Raises OrganisationNotFound, NotPermitted, ContentDiffers."""
    await scope.must_reach(session, actor, asked.organisation_id)
    row = Person(id=person_id, created_at=actor.at, sameness=sameness, **asked.model_dump())
    kept, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await record(
            session, EventName.PERSON_CREATED, kept, actor_id=actor.id, occurred_at=actor.at, persons=[kept.id]
        )
        await log_access(session, "person.created", actor_id=actor.id, subject_id=kept.id)
    return kept, is_new


async def change_person(
    session: AsyncSession, actor: Actor, person_id: UUID, asked: PersonChanged, based_on: int
) -> Person:
    """Change name or staff number of a person in hand. Raises PersonNotFound, NotPermitted, VersionStale."""
    await queries.person_in_hand(session, actor, person_id)
    statement = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    kept = (await session.exec(statement.execution_options(populate_existing=True))).one()
    staff_number = asked.staff_number or kept.staff_number
    if (kept.name, kept.staff_number) == (asked.name, staff_number):
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    kept.name, kept.staff_number = asked.name, staff_number
    kept.version += 1
    await record(session, EventName.PERSON_CHANGED, kept, actor_id=actor.id, occurred_at=actor.at, persons=[kept.id])
    await log_access(session, "person.changed", actor_id=actor.id, subject_id=kept.id)
    return kept
