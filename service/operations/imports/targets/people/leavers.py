"""Leavers: persons that a complete file does not list; their postings are ended, not deleted."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from schemas.identity.organisations import Role
from schemas.operations.imports import RowOutcome
from service.identity.access.roles import ADMINISTRATORS
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.tables import Import
from service.operations.imports.targets.people.columns import last_day, start_of_day
from service.operations.imports.targets.people.existing import ExistingPeople, ExistingPerson, ExistingPosting
from service.operations.imports.targets.target import Plan, PlannedRow


def add_leavers(import_: Import, rows: list[PlannedRow], existing: ExistingPeople, kept_ids: set[UUID]) -> Plan:
    """Add a row for each posting that ends: current on the file's date and not among the kept ones.

    A person with a refused line is no leaver. Nothing ends while a line does not identify its person.
    """
    nameless = sum(row.values["staff_number"] is None for row in rows)
    mentioned = {row.values["staff_number"] for row in rows}
    refused = {row.values["staff_number"] for row in rows if not row.is_good}
    at = start_of_day(import_.as_of)
    covered = [
        person
        for person in existing.persons_by_number.values()
        if person.id != import_.requested_by and any(_endable_postings(person, existing, at))
    ]
    leavers = sum(person.staff_number not in mentioned for person in covered)
    if nameless:
        return Plan(rows, [ImportIssue(IssueCode.LEAVERS_UNKNOWN, lines=nameless).as_json()], 0, len(covered))
    for person in sorted(covered, key=lambda person: person.staff_number):
        if person.staff_number not in refused:
            postings = [posting for posting in _endable_postings(person, existing, at) if posting.id not in kept_ids]
            is_leaver = person.staff_number not in mentioned
            rows += _plan_ends(rows[-1].number, person, postings, at, is_leaver=is_leaver)
    return Plan(rows, [], leavers, len(covered))


def _endable_postings(person: ExistingPerson, existing: ExistingPeople, at: datetime) -> Iterator[ExistingPosting]:
    """The current postings in scope that an import may end: not those of administrators."""
    for posting in person.postings:
        is_current = posting.begin <= at and (posting.until is None or posting.until > at)
        is_in_scope = posting.organisation_id in existing.organisations_by_id
        if is_current and is_in_scope and posting.role not in ADMINISTRATORS:
            yield posting


def _plan_ends(
    last_number: int, person: ExistingPerson, postings: list[ExistingPosting], at: datetime, *, is_leaver: bool
) -> Iterator[PlannedRow]:
    """Plan the end of postings. A delegate's posting ends only for a leaver, since no file can mention it."""
    ending = [posting for posting in postings if is_leaver or posting.role is not Role.DELEGATE]
    for number, posting in enumerate(ending, last_number + 1):
        row = PlannedRow(number, None, person.staff_number, RowOutcome.ENDED, posting.id)
        row.plan = {
            "person_id": str(person.id),
            "organisation_id": str(posting.organisation_id),
            "role": posting.role.value,
            "posting": {"does": "end", "id": str(posting.id), "version": posting.version, "until": at.isoformat()},
        }
        row.change("until", last_day(posting.until), last_day(at))
        yield row
