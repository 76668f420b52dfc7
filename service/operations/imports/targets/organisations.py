"""Organisations and units from a file: known by their code, parents before children, nothing moved or removed.

A row without a parent's code stands directly below the organisation of the import.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.organisations import Family, OrganisationKind
from schemas.operations.imports import RowOutcome
from service.foundation.events.record import Fact, record_many
from service.foundation.ids import new_id
from service.identity.tree.errors import OrganisationIsClosed
from service.identity.tree.locks import lock_tree_shared
from service.identity.tree.rules import Fit, fit
from service.identity.tree.tables import Organisation
from service.operations.imports import cells, words
from service.operations.imports.cells import Column
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.kinds import Merge, Plan, Planned, Target, new_subject, started
from service.operations.imports.targets.shared import (
    among,
    below,
    divisions_in_force,
    must_know_division,
    refuse_repeated,
)
from service.operations.imports.telling import actor_named_by

COLUMNS = (
    Column("code", ("组织代码", "单位代码", "代码", "编码"), cells.code, is_required=True),
    Column("name", ("名称", "组织名称", "单位名称"), cells.text, is_required=True),
    Column("kind", ("类型", "组织类型", "单位类型"), cells.choice(words.KINDS, OrganisationKind), is_required=True),
    Column("parent_code", ("上级代码", "上级组织代码", "上级单位代码"), cells.code, is_needed=True),
    Column("family", ("系统", "体系"), cells.choice(words.FAMILIES, Family)),
    Column("division_code", ("区划代码", "行政区划代码"), cells.code),
)

ADD = sa.text(
    "INSERT INTO organisation"
    " (id, family, kind, name, parent_id, path, division_code, code, created_at, request_fingerprint, version)"
    " SELECT asked.id, asked.family, asked.kind, asked.name, parent.id,"
    " parent.path || replace(asked.id::text, '-', ''), asked.division_code, asked.code, :at, '', 1"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, family text, kind text, name text, parent_id uuid,"
    " division_code text, code text)"
    " JOIN organisation AS parent ON parent.id = asked.parent_id AND parent.family = asked.family"
    " RETURNING id"
)
FORMER_NAME = sa.text(
    "INSERT INTO organisation_former_name (id, organisation_id, name, until_at)"
    " SELECT asked.former_id, kept.id, kept.name, :at"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, former_id uuid, version int, name text)"
    " JOIN organisation AS kept ON kept.id = asked.id AND kept.version = asked.version AND kept.name <> asked.name"
    " RETURNING id"
)
CHANGE = sa.text(
    "UPDATE organisation AS kept SET name = asked.name, division_code = asked.division_code,"
    " version = kept.version + 1"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, version int, name text, division_code text)"
    " WHERE kept.id = asked.id AND kept.version = asked.version RETURNING kept.id"
)


@dataclass(frozen=True)
class World:
    """The organisation of the import, those below it, codes used elsewhere, and divisions in force."""

    root: Organisation
    by_code: dict[str, Organisation]
    by_id: dict[UUID, Organisation]
    elsewhere: set[str]
    divisions: set[str]


async def world(session: AsyncSession, row: Import, lines: Sequence[Line]) -> World:
    """What is on record and matters to the lines."""
    inside = (await session.exec(select(Organisation).where(below(row)))).all()
    said = among(Organisation.code, (line.values["code"] for line in lines))
    elsewhere = select(Organisation.code).where(said, ~below(row))
    return World(
        root=next(one for one in inside if one.id == row.organisation_id),
        by_code={one.code: one for one in inside if one.code},
        by_id={one.id: one for one in inside},
        elsewhere={code for code in (await session.exec(elsewhere)).all() if code},
        divisions=await divisions_in_force(session, lines),
    )


def plan(row: Import, lines: Sequence[Line], known: World) -> Plan:
    """Added, changed, unchanged, refused; at the end those on record that a complete file does not name."""
    rows = started(lines, "code")
    refuse_repeated(rows, lambda one: one.key)
    _Tree(row, rows, known).settle()
    if row.is_complete:
        rows += _missing(lines, known, rows[-1].number)
    return Plan(rows)


@dataclass(frozen=True)
class Parent:
    """What a child needs of its parent."""

    id: UUID
    kind: OrganisationKind
    depth: int
    """How many steps the merge is down in the file."""


class _Tree:
    """The rows of a file as a tree below the import's organisation; each is settled once, after its parent."""

    def __init__(self, row: Import, rows: list[Planned], known: World) -> None:
        self.row, self.rows, self.known = row, rows, known
        self.by_code = {one.key: one for one in rows if one.key}
        self.parents: dict[int, Parent] = {}
        """Line → what a child needs of it."""

    def settle(self) -> None:
        children: defaultdict[str | None, list[Planned]] = defaultdict(list)
        for one in self.rows:
            children[self._parent_in_file(one)].append(one)
        waiting = children.pop(None, [])
        while waiting:
            one = waiting.pop()
            self._settle(one)
            if one.key and self.by_code[one.key] is one:
                waiting += children.pop(one.key, [])
        self._refuse_circles([one for some in children.values() for one in some])

    def _parent_in_file(self, one: Planned) -> str | None:
        parent = one.said["parent_code"]
        return parent if parent in self.by_code else None

    def _settle(self, one: Planned) -> None:
        parent = self._parent(one, one.said["parent_code"])
        if not one.is_good or parent is None:
            return
        kind, family = OrganisationKind(one.said["kind"]), words.family_of(parent.kind)
        if one.said["family"] not in {None, words.family_of(kind)}:
            one.refuse("family", ImportIssue(IssueCode.FAMILY_DIFFERS, kind=kind))
        elif words.family_of(kind) is not family:
            one.refuse("parent_code", ImportIssue(IssueCode.FAMILY_MIXED))
        must_know_division(one, self.known.divisions)
        if one.key in self.known.elsewhere:
            one.refuse("code", ImportIssue(IssueCode.CODE_ELSEWHERE))
        if one.is_good:
            self._compare(one, kind, parent)
        if one.is_good and one.subject_id:
            self.parents[one.number] = Parent(one.subject_id, kind, parent.depth + 1)
            _note_unusual(one, parent.kind, kind)

    def _parent(self, one: Planned, code: str | None) -> Parent | None:
        """None, with the issue, when there is none to stand under."""
        if code is None:
            return Parent(self.known.root.id, self.known.root.kind, 0)
        if in_file := self.by_code.get(code):
            if in_file.number not in self.parents:
                one.refuse("parent_code", ImportIssue(IssueCode.PARENT_REFUSED, parent_line=in_file.number))
            return self.parents.get(in_file.number)
        recorded = self.known.by_code.get(code)
        if recorded and recorded.valid_until:
            one.refuse("parent_code", ImportIssue.of(OrganisationIsClosed(organisation_id=code)))
            return None
        if recorded:
            return Parent(recorded.id, recorded.kind, 0)
        one.refuse("parent_code", ImportIssue(IssueCode.PARENT_UNKNOWN, value=code))
        return None

    def _compare(self, one: Planned, kind: OrganisationKind, parent: Parent) -> None:
        said = one.said
        one.step = parent.depth
        recorded = self.known.by_code.get(said["code"])
        if recorded and recorded.valid_until:
            one.refuse("code", ImportIssue.of(OrganisationIsClosed(organisation_id=said["code"])))
        elif recorded is None:
            _add(self.row, one, kind, parent.id)
        elif recorded.kind is not kind:
            one.refuse("kind", ImportIssue(IssueCode.KIND_CHANGED, recorded=recorded.kind))
        elif said["parent_code"] and recorded.parent_id != parent.id:
            above = self.known.by_id.get(recorded.parent_id) if recorded.parent_id else None
            one.refuse("parent_code", ImportIssue(IssueCode.PARENT_CHANGED, recorded=(above and above.code) or "-"))
        else:
            _change(one, recorded, said)

    def _refuse_circles(self, adrift: list[Planned]) -> None:
        """What was reached from nowhere stands in a circle, or below one."""
        if adrift:
            lines = sorted(one.number for one in adrift)[:5]
            for one in adrift:
                one.refuse("parent_code", ImportIssue(IssueCode.PARENTS_IN_CIRCLE, lines=lines))


def _note_unusual(one: Planned, parent: OrganisationKind, kind: OrganisationKind) -> None:
    """A parent that would be refused by hand is taken over from real data, and stands in the list of anomalies."""
    if one.outcome is RowOutcome.ADDED and fit(parent, kind) is not Fit.YES:
        one.note("parent_code", ImportIssue(IssueCode.PARENT_UNUSUAL, kind=kind, parent_kind=parent))


def _add(row: Import, one: Planned, kind: OrganisationKind, parent_id: UUID) -> None:
    said = one.said
    one.outcome, one.subject_id = RowOutcome.ADDED, new_subject(row, "organisation", said["code"])
    for name in ("name", "kind", "parent_code", "division_code"):
        one.change(name, None, said[name])
    one.plan = {
        "does": "add",
        "id": str(one.subject_id),
        "family": words.family_of(kind).value,
        "kind": kind.value,
        "name": said["name"],
        "parent_id": str(parent_id),
        "division_code": said["division_code"],
        "code": one.key,
    }


def _change(one: Planned, recorded: Organisation, said: dict[str, Any]) -> None:
    """A division left empty stays what it is."""
    one.subject_id = recorded.id
    division_code = said["division_code"] or recorded.division_code
    one.change("name", recorded.name, said["name"])
    one.change("division_code", recorded.division_code, division_code)
    if one.changes:
        one.outcome = RowOutcome.CHANGED
        one.plan = {
            "does": "change",
            "id": str(recorded.id),
            "version": recorded.version,
            "name": said["name"],
            "division_code": division_code,
            "parent_id": str(recorded.parent_id) if recorded.parent_id else None,
        }


def _missing(lines: Sequence[Line], known: World, number: int) -> list[Planned]:
    named = {line.values["code"] for line in lines}
    absent = [
        one for one in known.by_code.values() if one.code not in named and one is not known.root and not one.valid_until
    ]
    ordered = sorted(absent, key=lambda one: one.code or "")
    return [Planned(number + place, None, one.code, RowOutcome.MISSING, one.id) for place, one in enumerate(ordered, 1)]


async def merge(step: Merge) -> set[UUID]:
    """Write the due rows of one depth and their events.

    A move at the same time ends before this chunk or begins after it: the path is read from the parent under the lock.
    """
    await lock_tree_shared(step.session)
    added = await step.written(ADD, step.plans("add"), at=step.at)
    named = [{**plan, "former_id": str(new_id())} for plan in step.plans("change")]
    await step.written(FORMER_NAME, named, at=step.at)
    changed = await step.written(CHANGE, step.plans("change"))
    for name, written in ((EventName.ORGANISATION_CREATED, added), (EventName.ORGANISATION_CHANGED, changed)):
        facts = [
            Fact(row.subject_id, [UUID(one) for one in (row.plan["id"], row.plan["parent_id"]) if one])
            for row in step.due
            if row.plan and row.subject_id in written
        ]
        await record_many(
            step.session, Organisation, name, facts, actor=actor_named_by(step.row.confirmed_by), at=step.at
        )
    return added | changed


TARGET = Target(COLUMNS, world, plan, merge)
