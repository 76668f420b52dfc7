"""Build the diff of a file of people: postings and persons added, changed, ended, unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from schemas.identity.organisations import Role
from schemas.operations.imports import RowOutcome
from service.identity.access.roles import ADMINISTRATORS, ROLE_DEFINITIONS, fits
from service.identity.tree.errors import (
    DutiesExclude,
    OwnPosting,
    PostingEndsBeforeItBegins,
    RoleDoesNotFit,
    RoleNotGrantable,
)
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.people.columns import end_after, iso_day, last_day, start_of_day
from service.operations.imports.targets.people.existing import (
    ExistingOrganisation,
    ExistingPeople,
    ExistingPerson,
    ExistingPosting,
)
from service.operations.imports.targets.people.leavers import add_leavers
from service.operations.imports.targets.shared import refuse_repeated
from service.operations.imports.targets.target import Plan, PlannedRow, new_subject, start_rows

STEP_OF_STARTS = 1
"""Postings start in the step after the step in which postings end."""


@dataclass(frozen=True)
class Term:
    """When the posting of a line starts and ends; the end is exclusive."""

    begin: datetime
    end: datetime | None
    has_begin: bool
    """The line gives the start; otherwise it is the file's date."""

    @property
    def is_empty(self) -> bool:
        return self.end is not None and self.end <= self.begin


def build_plan(import_: Import, lines: Sequence[Line], existing: ExistingPeople) -> Plan:
    """Plan each line; for a complete file also the end of postings that no line mentions."""
    rows = start_rows(lines, "staff_number")
    refuse_repeated(rows, _key)
    _refuse_differing_names(rows)
    planner = _RowPlanner(import_, existing)
    for row in rows:
        if row.is_good:
            planner.plan_row(row)
    return add_leavers(import_, rows, existing, planner.kept_ids) if import_.is_complete else Plan(rows)


def _key(row: PlannedRow) -> tuple[str, ...] | None:
    key = (row.values["staff_number"], row.values["organisation_code"], row.values["role"])
    return key if all(key) else None


def _refuse_differing_names(rows: list[PlannedRow]) -> None:
    first_rows: dict[str, PlannedRow] = {}
    for row in rows:
        number, name = row.values["staff_number"], row.values["name"]
        if number is None or name is None:
            continue
        first = first_rows.setdefault(number, row)
        if first.values["name"] != name:
            row.refuse("name", ImportIssue(IssueCode.NAMES_DIFFER, other_line=first.number))
            if not any(issue["code"] == IssueCode.NAMES_DIFFER for issue in first.issues):
                first.refuse("name", ImportIssue(IssueCode.NAMES_DIFFER, other_line=row.number))


class _RowPlanner:
    """Plans row after row; the first good row of a person also adds or renames the person."""

    def __init__(self, import_: Import, existing: ExistingPeople) -> None:
        self.import_, self.existing = import_, existing
        self.as_of = start_of_day(import_.as_of)
        self.current_after = min(self.as_of, import_.requested_at)
        """A posting that ends later is current; a file with a future date does not make it a past one."""
        self.planned_numbers: set[str] = set()
        """Staff numbers of persons that a row already adds or renames."""
        self.kept_ids: set[UUID] = set()
        """Postings on record that some line mentions."""

    def plan_row(self, row: PlannedRow) -> None:
        organisation = self.existing.organisations_by_code.get(row.values["organisation_code"])
        person = self.existing.persons_by_number.get(row.values["staff_number"])
        if organisation is None:
            code = row.values["organisation_code"]
            row.refuse("organisation_code", ImportIssue(IssueCode.ORGANISATION_UNKNOWN, value=code))
        else:
            _refuse_unfit_role(row, Role(row.values["role"]), organisation)
        self._refuse_foreign_person(row, person)
        term = self._parse_term(row)
        if organisation and row.is_good:
            self._plan_posting(row, person, organisation, term)

    def _refuse_foreign_person(self, row: PlannedRow, person: ExistingPerson | None) -> None:
        if person is None:
            return
        if not self.existing.is_in_reach(person):
            row.refuse("staff_number", ImportIssue(IssueCode.PERSON_OUT_OF_REACH))
        elif person.name != row.values["name"] and not self.existing.may_rename(person, self.current_after):
            row.refuse("name", ImportIssue(IssueCode.NAME_MANAGED_ELSEWHERE))

    def _parse_term(self, row: PlannedRow) -> Term:
        begin, end = (date.fromisoformat(day) if day else None for day in (row.values["from"], row.values["until"]))
        term = Term(start_of_day(begin) if begin else self.as_of, end_after(end) if end else None, begin is not None)
        if term.has_begin and term.is_empty:
            row.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
        return term

    def _plan_posting(
        self, row: PlannedRow, person: ExistingPerson | None, organisation: ExistingOrganisation, term: Term
    ) -> None:
        role = Role(row.values["role"])
        postings = person.postings if person else []
        same_role = [
            posting for posting in postings if (posting.organisation_id, posting.role) == (organisation.id, role)
        ]
        person_id = person.id if person else new_subject(self.import_, "person", row.values["staff_number"])
        row.step = STEP_OF_STARTS
        row.plan = {"person_id": str(person_id), "organisation_id": str(organisation.id), "role": role.value}
        if current := _matching_posting(same_role, term, self.as_of):
            self.kept_ids.add(current.id)
            _plan_existing(row, current, term)
        else:
            self._plan_new(row, postings, same_role, term)
        self._plan_person(row, person, organisation)
        if row.is_good and row.changes and person and person.id == self.import_.requested_by:
            row.refuse(None, ImportIssue.of(OwnPosting()))

    def _plan_new(
        self, row: PlannedRow, postings: list[ExistingPosting], same_role: list[ExistingPosting], term: Term
    ) -> None:
        previous_end = max((posting.until for posting in same_role if posting.until), default=None)
        if previous_end and term.begin < previous_end:
            row.refuse("from", ImportIssue(IssueCode.START_TOO_EARLY, recorded=iso_day(previous_end)))
        elif term.is_empty:
            row.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
        elif _is_excluded(Role(row.values["role"]), postings, term):
            row.refuse("role", ImportIssue.of(DutiesExclude()))
        else:
            row.outcome = RowOutcome.ADDED
            row.subject_id = new_subject(self.import_, "posting", "/".join(_key(row) or ()))
            row.change("posting", None, f"{row.values['organisation_code']} {row.values['role']}")
            row.change("from", None, iso_day(term.begin))
            row.change("until", None, last_day(term.end))
            _set_action(row, "begin", row.subject_id, begin=term.begin.isoformat(), until=_iso(term.end))

    def _plan_person(self, row: PlannedRow, person: ExistingPerson | None, organisation: ExistingOrganisation) -> None:
        """Add or rename the person, in one row only."""
        number, name = row.values["staff_number"], row.values["name"]
        if row.plan is None or number in self.planned_numbers or (person and person.name == name):
            return
        self.planned_numbers.add(number)
        before = person.name if person else None
        row.change("name", before, name)
        if row.outcome is RowOutcome.UNCHANGED:
            row.outcome = RowOutcome.CHANGED
        row.plan["person"] = {
            "does": "rename" if person else "add",
            "id": row.plan["person_id"],
            "name": name,
            "staff_number": number,
            "before": before,
            "organisation_id": str(organisation.id),
        }


def _refuse_unfit_role(row: PlannedRow, role: Role, organisation: ExistingOrganisation) -> None:
    if role is Role.DELEGATE:
        row.refuse("role", ImportIssue(IssueCode.DELEGATE_NOT_IMPORTABLE))
    elif role in ADMINISTRATORS:
        row.refuse("role", ImportIssue.of(RoleNotGrantable(role=role)))
    elif not fits(role, organisation.family, organisation.kind):
        row.refuse("role", ImportIssue.of(RoleDoesNotFit(role=role, kind=organisation.kind)))


def _matching_posting(same_role: list[ExistingPosting], term: Term, as_of: datetime) -> ExistingPosting | None:
    """The posting that the line means: a current one, else a past one with exactly the same days."""
    current = [posting for posting in same_role if posting.until is None or posting.until > as_of]
    past = [posting for posting in same_role if (posting.begin, posting.until) == (term.begin, term.end)]
    return next(iter([*current, *past]), None)


def _plan_existing(row: PlannedRow, current: ExistingPosting, term: Term) -> None:
    """Plan a posting on record: a file can set its end, not its start."""
    row.subject_id = current.id
    if term.has_begin and iso_day(current.begin) != iso_day(term.begin):
        row.refuse("from", ImportIssue(IssueCode.START_DIFFERS, recorded=iso_day(current.begin)))
    elif term.end and term.end < current.begin:
        row.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
    elif term.end and term.end != current.until:
        row.outcome = RowOutcome.CHANGED
        row.change("until", last_day(current.until), last_day(term.end))
        _set_action(row, "end", current.id, version=current.version, until=term.end.isoformat())


def _set_action(row: PlannedRow, action: str, posting_id: UUID, **values: Any) -> None:
    """Set what the merge does with the posting of a row."""
    if row.plan is not None:
        row.plan["posting"] = {"does": action, "id": str(posting_id), **values}


def _is_excluded(role: Role, postings: list[ExistingPosting], term: Term) -> bool:
    """Whether a posting with another duty overlaps the term (`ex_posting_duties_apart`)."""
    duty = ROLE_DEFINITIONS[role].duty
    return duty is not None and any(
        ROLE_DEFINITIONS[posting.role].duty not in {None, duty}
        and (posting.until is None or posting.until > term.begin)
        and (term.end is None or posting.begin < term.end)
        for posting in postings
    )


def _iso(timestamp: datetime | None) -> str | None:
    return timestamp.isoformat() if timestamp else None
