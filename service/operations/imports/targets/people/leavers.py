"""Whose postings end because a file that says it is complete does not name them: ended, not deleted."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from schemas.identity.organisations import Role
from schemas.operations.imports import RowOutcome
from service.identity.access.roles import ADMINISTRATORS
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.tables import Import
from service.operations.imports.targets.kinds import Plan, Planned
from service.operations.imports.targets.people.columns import begin_of, last_day
from service.operations.imports.targets.people.world import Known, Posted, World


def with_leavers(row: Import, rows: list[Planned], known: World, named: set[UUID]) -> Plan:
    """The rows, and behind them the postings that end: of persons with a number, in force on the day of the file.

    Nobody is taken for a leaver whose line is refused, and nobody at all while a line does not say whose it is.
    """
    nameless = sum(one.said["staff_number"] is None for one in rows)
    mentioned = {one.said["staff_number"] for one in rows}
    refused = {one.said["staff_number"] for one in rows if not one.is_good}
    at = begin_of(row.as_of)
    covered = [one for one in known.persons.values() if one.id != row.asked_by and any(_here(one, known, at))]
    leavers = sum(one.staff_number not in mentioned for one in covered)
    if nameless:
        return Plan(rows, [ImportIssue(IssueCode.LEAVERS_UNKNOWN, lines=nameless).as_json()], 0, len(covered))
    for person in sorted(covered, key=lambda one: one.staff_number):
        if person.staff_number not in refused:
            ending = [held for held in _here(person, known, at) if held.id not in named]
            rows += _endings(rows[-1].number, person, ending, at, is_leaver=person.staff_number not in mentioned)
    return Plan(rows, [], leavers, len(covered))


def _here(person: Known, known: World, at: datetime) -> Iterator[Posted]:
    """The postings below the import's organisation that a file of people may end."""
    for held in person.postings:
        is_in_force = held.begin <= at and (held.until is None or held.until > at)
        if is_in_force and held.organisation_id in known.by_id and held.role not in ADMINISTRATORS:
            yield held


def _endings(number: int, person: Known, ending: list[Posted], at: datetime, *, is_leaver: bool) -> Iterator[Planned]:
    """A delegation of somebody who stays is left to whoever entered it, since no file can name one."""
    some = [held for held in ending if is_leaver or held.role is not Role.DELEGATE]
    for place, held in enumerate(some, 1):
        one = Planned(number + place, None, person.staff_number, RowOutcome.ENDED, held.id)
        one.plan = {
            "person_id": str(person.id),
            "organisation_id": str(held.organisation_id),
            "role": held.role.value,
            "posting": {"does": "end", "id": str(held.id), "version": held.version, "until": at.isoformat()},
        }
        one.change("until", last_day(held.until), last_day(at))
        yield one
