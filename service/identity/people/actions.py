"""Create and change persons."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.people import PersonCreate, PersonUpdate
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.people import queries
from service.identity.people.errors import PersonNotFound
from service.identity.people.tables import Person


async def create_person(
    session: AsyncSession, actor: Actor, person_id: UUID, request: PersonCreate, request_fingerprint: bytes
) -> tuple[Person, bool]:
    """Create a person for an organisation in reach.

    Raises: OrganisationNotFound, NotPermitted, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    row = Person(id=person_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump())
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await record(
            session,
            EventName.PERSON_CREATED,
            existing,
            actor=actor.event_actor,
            occurred_at=actor.at,
            persons=[existing.id],
        )
        await log_access(session, "person.created", actor_id=actor.id, subject_id=existing.id)
    return existing, is_new


async def change_person(
    session: AsyncSession, actor: Actor, person_id: UUID, request: PersonUpdate, expected_version: int
) -> Person:
    """Change the name or staff number of a person. Raises: PersonNotFound, NotPermitted, VersionStale."""
    await queries.manageable_person(session, actor, person_id)
    statement = select(Person).where(Person.id == person_id)
    row = await locked(session, statement, PersonNotFound(person_id=str(person_id)), key_share=True)
    staff_number = request.staff_number or row.staff_number
    if (row.name, row.staff_number) == (request.name, staff_number):
        return row
    require_version(row, expected_version)
    row.name, row.staff_number = request.name, staff_number
    row.version += 1
    await record(
        session, EventName.PERSON_CHANGED, row, actor=actor.event_actor, occurred_at=actor.at, persons=[row.id]
    )
    await log_access(session, "person.changed", actor_id=actor.id, subject_id=row.id)
    return row
