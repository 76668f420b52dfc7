"""The diff of a file of people: postings begun, ended and unchanged, persons added and renamed."""

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
from service.operations.imports.targets.kinds import Plan, Planned, new_subject, started
from service.operations.imports.targets.people.columns import after, begin_of, day_of, last_day
from service.operations.imports.targets.people.leavers import with_leavers
from service.operations.imports.targets.people.world import Known, Place, Posted, World
from service.operations.imports.targets.shared import refuse_repeated

BEGINS = 1
"""The step after that of the postings that end."""


@dataclass(frozen=True)
class Term:
    """When a line's posting begins and ends; the end is the first moment that is no longer part of it."""

    begin: datetime
    end: datetime | None
    is_begin_said: bool

    @property
    def is_empty(self) -> bool:
        return self.end is not None and self.end <= self.begin


def plan(row: Import, lines: Sequence[Line], known: World) -> Plan:
    """What each line does, and whose postings end because a complete file does not name them."""
    rows = started(lines, "staff_number")
    refuse_repeated(rows, _key)
    _refuse_differing_names(rows)
    comparing = _Comparing(row, known)
    for one in rows:
        if one.is_good:
            comparing.compare(one)
    return with_leavers(row, rows, known, comparing.named) if row.is_complete else Plan(rows)


def _key(one: Planned) -> tuple[str, ...] | None:
    key = (one.said["staff_number"], one.said["organisation_code"], one.said["role"])
    return key if all(key) else None


def _refuse_differing_names(rows: list[Planned]) -> None:
    first: dict[str, Planned] = {}
    for one in rows:
        number, name = one.said["staff_number"], one.said["name"]
        if number is None or name is None:
            continue
        other = first.setdefault(number, one)
        if other.said["name"] != name:
            one.refuse("name", ImportIssue(IssueCode.NAMES_DIFFER, other_line=other.number))
            if not any(issue["code"] == IssueCode.NAMES_DIFFER for issue in other.issues):
                other.refuse("name", ImportIssue(IssueCode.NAMES_DIFFER, other_line=one.number))


class _Comparing:
    """Settles line after line; a person's first good line carries what happens to the person."""

    def __init__(self, row: Import, known: World) -> None:
        self.row, self.known = row, known
        self.as_of = begin_of(row.as_of)
        self.lasting = min(self.as_of, row.asked_at)
        """What lasts beyond this is not over: a file of a later day does not make today's postings past ones."""
        self.carried: set[str] = set()
        self.named: set[UUID] = set()
        """The postings on record that some line stands for."""

    def compare(self, one: Planned) -> None:
        place = self.known.by_code.get(one.said["organisation_code"])
        person = self.known.persons.get(one.said["staff_number"])
        if place is None:
            one.refuse(
                "organisation_code", ImportIssue(IssueCode.ORGANISATION_UNKNOWN, value=one.said["organisation_code"])
            )
        else:
            _must_fit(one, Role(one.said["role"]), place)
        self._must_be_ours(one, person)
        term = self._term(one)
        if place and one.is_good:
            self._settle(one, person, place, term)

    def _must_be_ours(self, one: Planned, person: Known | None) -> None:
        if person is None:
            return
        if not self.known.is_in_reach(person):
            one.refuse("staff_number", ImportIssue(IssueCode.PERSON_ELSEWHERE))
        elif person.name != one.said["name"] and not self.known.is_in_hand(person, self.lasting):
            one.refuse("name", ImportIssue(IssueCode.NAME_NOT_YOURS))

    def _term(self, one: Planned) -> Term:
        begin, end = (date.fromisoformat(said) if said else None for said in (one.said["from"], one.said["until"]))
        term = Term(begin_of(begin) if begin else self.as_of, after(end) if end else None, begin is not None)
        if term.is_begin_said and term.is_empty:
            one.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
        return term

    def _settle(self, one: Planned, person: Known | None, place: Place, term: Term) -> None:
        role = Role(one.said["role"])
        held = person.postings if person else []
        there = [posted for posted in held if (posted.organisation_id, posted.role) == (place.id, role)]
        person_id = person.id if person else new_subject(self.row, "person", one.said["staff_number"])
        one.step = BEGINS
        one.plan = {"person_id": str(person_id), "organisation_id": str(place.id), "role": role.value}
        if current := _current(there, term, self.as_of):
            self.named.add(current.id)
            _keep(one, current, term)
        else:
            self._begin(one, held, there, term)
        self._carry(one, person, place)
        if one.is_good and one.changes and person and person.id == self.row.asked_by:
            one.refuse(None, ImportIssue.of(OwnPosting()))

    def _begin(self, one: Planned, held: list[Posted], there: list[Posted], term: Term) -> None:
        before = max((posted.until for posted in there if posted.until), default=None)
        if before and term.begin < before:
            one.refuse("from", ImportIssue(IssueCode.BEGINS_TOO_EARLY, recorded=day_of(before)))
        elif term.is_empty:
            one.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
        elif _is_excluded(Role(one.said["role"]), held, term):
            one.refuse("role", ImportIssue.of(DutiesExclude()))
        else:
            one.outcome = RowOutcome.ADDED
            one.subject_id = new_subject(self.row, "posting", "/".join(_key(one) or ()))
            one.change("posting", None, f"{one.said['organisation_code']} {one.said['role']}")
            one.change("from", None, day_of(term.begin))
            one.change("until", None, last_day(term.end))
            act(one, "begin", one.subject_id, begin=term.begin.isoformat(), until=_iso(term.end))

    def _carry(self, one: Planned, person: Known | None, place: Place) -> None:
        """Add or rename the person, once."""
        number, name = one.said["staff_number"], one.said["name"]
        if one.plan is None or number in self.carried or (person and person.name == name):
            return
        self.carried.add(number)
        one.change("name", person.name if person else None, name)
        if one.outcome is RowOutcome.UNCHANGED:
            one.outcome = RowOutcome.CHANGED
        does = "rename" if person else "add"
        before = person.name if person else None
        said = {"name": name, "staff_number": number, "before": before, "organisation_id": str(place.id)}
        one.plan["person"] = {"does": does, "id": one.plan["person_id"], **said}


def _must_fit(one: Planned, role: Role, place: Place) -> None:
    if role is Role.DELEGATE:
        one.refuse("role", ImportIssue(IssueCode.DELEGATE_BY_HAND))
    elif role in ADMINISTRATORS:
        one.refuse("role", ImportIssue.of(RoleNotGrantable(role=role)))
    elif not fits(role, place.family, place.kind):
        one.refuse("role", ImportIssue.of(RoleDoesNotFit(role=role, kind=place.kind)))


def _current(there: list[Posted], term: Term, as_of: datetime) -> Posted | None:
    """The posting that the line speaks of: one that goes on, else a past one with the very same days."""
    going_on = [posted for posted in there if posted.until is None or posted.until > as_of]
    same = [posted for posted in there if (posted.begin, posted.until) == (term.begin, term.end)]
    return next(iter([*going_on, *same]), None)


def _keep(one: Planned, current: Posted, term: Term) -> None:
    """A posting on record; a file may say when it ends, not when it began."""
    one.subject_id = current.id
    if term.is_begin_said and day_of(current.begin) != day_of(term.begin):
        one.refuse("from", ImportIssue(IssueCode.BEGINS_OTHERWISE, recorded=day_of(current.begin)))
    elif term.end and term.end < current.begin:
        one.refuse("until", ImportIssue.of(PostingEndsBeforeItBegins()))
    elif term.end and term.end != current.until:
        one.outcome = RowOutcome.CHANGED
        one.change("until", last_day(current.until), last_day(term.end))
        act(one, "end", current.id, version=current.version, until=term.end.isoformat())


def act(one: Planned, does: str, posting_id: UUID, **said: Any) -> None:
    """What the merge does with the posting of a row."""
    if one.plan is not None:
        one.plan["posting"] = {"does": does, "id": str(posting_id), **said}


def _is_excluded(role: Role, held: list[Posted], term: Term) -> bool:
    """Whether a posting on record has another duty at the same time (`ex_posting_duties_apart`)."""
    duty = ROLE_DEFINITIONS[role].duty
    return duty is not None and any(
        ROLE_DEFINITIONS[posted.role].duty not in {None, duty}
        and (posted.until is None or posted.until > term.begin)
        and (term.end is None or posted.begin < term.end)
        for posted in held
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
