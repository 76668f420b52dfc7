"""Creating people; giving and withdrawing consents."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.who import ConsentMoved
from schemas.people import ConsentAsked, ConsentPurpose, PersonAsked
from service.access import scope
from service.access.actor import Actor
from service.access.errors import NotPermitted
from service.access.log import log_access
from service.core.errors import NotFound
from service.core.ids import new_id
from service.core.once import create_once
from service.events.record import record
from service.people.tables import Consent, Person


async def create_person(
    session: AsyncSession, actor: Actor, person_id: UUID, asked: PersonAsked, sameness: bytes
) -> tuple[Person, bool]:
    """Create a person for an organisation in reach. Raises OrganisationNotFound, NotPermitted, ContentDiffers."""
    await scope.must_reach(session, actor, asked.organisation_id)
    row = Person(
        id=person_id, name=asked.name, organisation_id=asked.organisation_id, created_at=actor.at, sameness=sameness
    )
    kept, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await record(
            session, EventName.PERSON_CREATED, kept, actor_id=actor.id, occurred_at=actor.at, persons=[kept.id]
        )
        await log_access(session, "person.created", actor_id=actor.id, subject_id=kept.id)
    return kept, is_new


async def give_consent(
    session: AsyncSession, actor: Actor, purpose: ConsentPurpose, asked: ConsentAsked
) -> tuple[Consent, bool]:
    """Consent for oneself; a live consent stays as it is. Raises NotPermitted for a system."""
    _must_be_oneself(actor)
    row = Consent(
        id=new_id(),
        person_id=actor.id,
        purpose=purpose,
        notice_version=asked.notice_version,
        given_at=actor.at,
    )
    connection = await session.connection()
    statement = insert(Consent).values(row.model_dump()).on_conflict_do_nothing().returning(col(Consent.id))
    is_new = (await connection.execute(statement)).first() is not None
    kept = await _live_consent(session, actor, purpose)
    if kept is None:
        raise NotFound
    if is_new:
        await _tell(session, actor, EventName.CONSENT_GIVEN, kept)
    return kept, is_new


async def withdraw_consent(session: AsyncSession, actor: Actor, purpose: ConsentPurpose) -> Consent:
    """Withdraw one's own consent; what was kept under it is deleted at once by what follows the event.

    Raises NotFound when there is no live one, NotPermitted for a system.
    """
    _must_be_oneself(actor)
    kept = await _live_consent(session, actor, purpose)
    if kept is None:
        raise NotFound
    kept.withdrawn_at = actor.at
    kept.version += 1
    await _tell(session, actor, EventName.CONSENT_WITHDRAWN, kept)
    return kept


def _must_be_oneself(actor: Actor) -> None:
    if not scope.sees_own(actor):
        raise NotPermitted(permission=actor.permission.value)


async def _live_consent(session: AsyncSession, actor: Actor, purpose: ConsentPurpose) -> Consent | None:
    statement = select(Consent).where(
        Consent.person_id == actor.id, Consent.purpose == purpose, col(Consent.withdrawn_at).is_(None)
    )
    return (await session.exec(statement.with_for_update())).first()


async def _tell(session: AsyncSession, actor: Actor, name: EventName, consent: Consent) -> None:
    await record(
        session,
        name,
        consent,
        actor_id=actor.id,
        occurred_at=actor.at,
        persons=[consent.person_id],
        payload=ConsentMoved(person_id=consent.person_id, purpose=consent.purpose.value),
    )
