"""The first administrator and the two roots, made by a command: nothing is seeded (DESIGN §5.7)."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import PostingStartedOrEnded
from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.auth.actions import set_credential
from service.identity.auth.passwords import Passwords
from service.identity.people.tables import Person
from service.identity.tree.rules import path_below
from service.identity.tree.tables import Organisation, Posting

ROOT_KINDS = {Family.UNIT: OrganisationKind.ORGAN, Family.PARTY: OrganisationKind.LOCAL_COMMITTEE}


async def create_administrator(
    session: AsyncSession,
    passwords: Passwords,
    *,
    jurisdiction: str,
    name: str,
    credential: CredentialUpdate,
    now: datetime,
    person_id: UUID | None = None,
    role: Role = Role.SYSTEM_ADMINISTRATOR,
) -> Person:
    """One of the three administrators of the whole jurisdiction, with its two roots if there are none yet.

    For the command line only: whoever holds the database may do this. Raises LoginTaken through the database.
    """
    person = Person(id=person_id or new_id(), name=name, created_at=now, request_fingerprint=b"")
    session.add(person)
    await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=now, persons=[person.id])
    for family in Family:
        root = await _root(session, family, jurisdiction, now)
        await _post(session, person, root, role, now)
    await set_credential(session, passwords, person, credential, now=now, by=SYSTEM)
    return person


async def _root(session: AsyncSession, family: Family, name: str, now: datetime) -> Organisation:
    known = await session.exec(
        select(Organisation).where(Organisation.family == family, col(Organisation.parent_id).is_(None))
    )
    root = known.first()
    if root is None:
        root_id = new_id()
        root = Organisation(
            id=root_id,
            family=family,
            kind=ROOT_KINDS[family],
            name=name,
            path=path_below("", root_id),
            created_at=now,
            request_fingerprint=b"",
        )
        session.add(root)
        await record(
            session, EventName.ORGANISATION_CREATED, root, actor=SYSTEM, occurred_at=now, organisations=[root.id]
        )
    return root


async def _post(session: AsyncSession, person: Person, root: Organisation, role: Role, now: datetime) -> None:
    posting = Posting(
        id=new_id(),
        person_id=person.id,
        organisation_id=root.id,
        role=role,
        valid_from=now,
        request_fingerprint=b"",
    )
    session.add(posting)
    await record(
        session,
        EventName.POSTING_STARTED,
        posting,
        actor=SYSTEM,
        occurred_at=now,
        organisations=[root.id],
        persons=[person.id],
        payload=PostingStartedOrEnded(person_id=person.id, organisation_id=root.id, role=posting.role.value),
    )
