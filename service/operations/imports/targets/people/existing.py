"""Load the existing people of a file, with their postings and the organisations in scope."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.people.columns import start_of_day
from service.operations.imports.targets.shared import is_in_scope, is_one_of, is_open_and_in_scope


@dataclass(frozen=True)
class ExistingOrganisation:
    """An open organisation in the scope of the import."""

    id: UUID
    code: str | None
    family: Family
    kind: OrganisationKind


@dataclass(frozen=True)
class ExistingPosting:
    """A posting on record; `until` is exclusive."""

    id: UUID
    organisation_id: UUID
    role: Role
    begin: datetime
    until: datetime | None
    version: int


@dataclass
class ExistingPerson:
    """A person with a staff number, and all postings, past ones too."""

    id: UUID
    name: str
    staff_number: str
    is_entered_here: bool
    """The person was created for an organisation in the scope of the import."""
    postings: list[ExistingPosting] = field(default_factory=list)


@dataclass(frozen=True)
class ExistingPeople:
    """The records that the lines are compared with."""

    organisations_by_code: dict[str, ExistingOrganisation]
    organisations_by_id: dict[UUID, ExistingOrganisation]
    persons_by_number: dict[str, ExistingPerson]
    """Persons of the file and persons posted in the organisations, by staff number."""

    def is_in_reach(self, person: ExistingPerson) -> bool:
        """Whether the person was created or ever posted in the scope of the import."""
        return person.is_entered_here or any(
            posting.organisation_id in self.organisations_by_id for posting in person.postings
        )

    def may_rename(self, person: ExistingPerson, at: datetime) -> bool:
        """Whether the person belongs here only: created here, and no posting after `at` is elsewhere."""
        current = [posting for posting in person.postings if posting.until is None or posting.until > at]
        return person.is_entered_here and all(
            posting.organisation_id in self.organisations_by_id for posting in current
        )


async def load_existing(session: AsyncSession, import_: Import, lines: Sequence[Line]) -> ExistingPeople:
    """Load the records that the lines are compared with."""
    statement = select(Organisation.id, Organisation.code, Organisation.family, Organisation.kind)
    rows = (await session.exec(statement.where(is_open_and_in_scope(import_)))).all()
    organisations = {row[0]: ExistingOrganisation(*row) for row in rows}
    persons = await _load_persons(session, import_, lines, organisations)
    by_code = {organisation.code: organisation for organisation in organisations.values() if organisation.code}
    return ExistingPeople(by_code, organisations, persons)


async def _load_persons(
    session: AsyncSession,
    import_: Import,
    lines: Sequence[Line],
    organisations: dict[UUID, ExistingOrganisation],
) -> dict[str, ExistingPerson]:
    """Load the persons of the file, and the persons with a staff number and a current posting in scope."""
    at = start_of_day(import_.as_of)
    posted_here = (
        sa.select(col(Posting.person_id))
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .where(is_in_scope(import_), sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > at))
    )
    is_in_file = is_one_of(Person.staff_number, (line.values["staff_number"] for line in lines))
    condition = sa.and_(col(Person.staff_number).is_not(None), sa.or_(is_in_file, col(Person.id).in_(posted_here)))
    postings = await _load_postings(session, condition)
    statement = select(Person.id, Person.name, Person.staff_number, Person.organisation_id).where(condition)
    return {
        number: ExistingPerson(person_id, name, number, organisation_id in organisations, postings[person_id])
        for person_id, name, number, organisation_id in (await session.exec(statement)).all()
        if number
    }


async def _load_postings(session: AsyncSession, condition: sa.ColumnElement[bool]) -> dict[UUID, list[ExistingPosting]]:
    statement = (
        sa.select(
            col(Posting.person_id),
            col(Posting.id),
            col(Posting.organisation_id),
            col(Posting.role),
            col(Posting.valid_from),
            col(Posting.valid_until),
            col(Posting.version),
        )
        .join(Person, col(Person.id) == col(Posting.person_id))
        .where(condition)
        .order_by(col(Posting.valid_from), col(Posting.id))
    )
    postings: defaultdict[UUID, list[ExistingPosting]] = defaultdict(list)
    for row in await (await session.connection()).execute(statement):
        postings[row.person_id].append(ExistingPosting(*row[1:]))
    return postings
