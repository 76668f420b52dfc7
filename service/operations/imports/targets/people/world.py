"""What is on record on the people of a file: who they are, where they stand, and who stands below the organisation."""

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
from service.operations.imports.targets.people.columns import begin_of
from service.operations.imports.targets.shared import among, below, open_below


@dataclass(frozen=True)
class Place:
    """An organisation below the import's where somebody may stand."""

    id: UUID
    code: str | None
    family: Family
    kind: OrganisationKind


@dataclass(frozen=True)
class Posted:
    """A posting on record; `until` is the first moment that is no longer part of it."""

    id: UUID
    organisation_id: UUID
    role: Role
    begin: datetime
    until: datetime | None
    version: int


@dataclass
class Known:
    """A person with a staff number, and every posting there ever was."""

    id: UUID
    name: str
    staff_number: str
    is_entered_here: bool
    """By an administrator of the import's organisation or below."""
    postings: list[Posted] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """Organisations of the import by code and by id, and the persons of the file or posted in them by number."""

    by_code: dict[str, Place]
    by_id: dict[UUID, Place]
    persons: dict[str, Known]

    def is_in_reach(self, person: Known) -> bool:
        """Whether the person ever belonged here: entered or posted."""
        return person.is_entered_here or any(held.organisation_id in self.by_id for held in person.postings)

    def is_in_hand(self, person: Known, at: datetime) -> bool:
        """Whether the person belongs here and, as far as postings last beyond `at`, nowhere else.

        Then the name is this administrator's to keep.
        """
        live = [held for held in person.postings if held.until is None or held.until > at]
        return person.is_entered_here and all(held.organisation_id in self.by_id for held in live)


async def world(session: AsyncSession, row: Import, lines: Sequence[Line]) -> World:
    """What is on record and matters to the lines."""
    wanted = select(Organisation.id, Organisation.code, Organisation.family, Organisation.kind).where(open_below(row))
    places = {one.id: one for one in [Place(*found) for found in (await session.exec(wanted)).all()]}
    persons = await _persons(session, row, lines, places)
    return World({one.code: one for one in places.values() if one.code}, places, persons)


async def _persons(
    session: AsyncSession, row: Import, lines: Sequence[Line], places: dict[UUID, Place]
) -> dict[str, Known]:
    """Those the file names, and those with a number whose posting below the organisation is in force."""
    at = begin_of(row.as_of)
    here = (
        sa.select(col(Posting.person_id))
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .where(below(row), sa.or_(col(Posting.valid_until).is_(None), col(Posting.valid_until) > at))
    )
    named = among(Person.staff_number, (line.values["staff_number"] for line in lines))
    concerned = sa.and_(col(Person.staff_number).is_not(None), sa.or_(named, col(Person.id).in_(here)))
    postings = await _postings(session, concerned)
    found = select(Person.id, Person.name, Person.staff_number, Person.organisation_id).where(concerned)
    return {
        number: Known(person_id, name, number, entered_by in places, postings[person_id])
        for person_id, name, number, entered_by in (await session.exec(found)).all()
        if number
    }


async def _postings(session: AsyncSession, concerned: sa.ColumnElement[bool]) -> dict[UUID, list[Posted]]:
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
        .where(concerned)
        .order_by(col(Posting.valid_from), col(Posting.id))
    )
    found: defaultdict[UUID, list[Posted]] = defaultdict(list)
    for row in await (await session.connection()).execute(statement):
        found[row.person_id].append(Posted(*row[1:]))
    return found
