"""Import of organisations and units, identified by code; nothing is moved or removed.

A row without a parent's code is directly below the organisation of the import.
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
from service.operations.imports import cells, synonyms
from service.operations.imports.cells import Column
from service.operations.imports.events import event_actor
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.shared import (
    is_in_scope,
    is_one_of,
    load_valid_divisions,
    refuse_repeated,
    refuse_unknown_division,
)
from service.operations.imports.targets.target import MergeChunk, Plan, PlannedRow, Target, new_subject, start_rows

COLUMNS = (
    Column("code", ("组织代码", "单位代码", "代码", "编码"), cells.parse_code, is_required=True),
    Column("name", ("名称", "组织名称", "单位名称"), cells.parse_text, is_required=True),
    Column(
        "kind",
        ("类型", "组织类型", "单位类型"),
        cells.choice_parser(synonyms.KINDS, OrganisationKind),
        is_required=True,
    ),
    Column("parent_code", ("上级代码", "上级组织代码", "上级单位代码"), cells.parse_code, must_exist=True),
    Column("family", ("系统", "体系"), cells.choice_parser(synonyms.FAMILIES, Family)),
    Column("division_code", ("区划代码", "行政区划代码"), cells.parse_code),
)

ADD = sa.text(
    "INSERT INTO organisation"
    " (id, family, kind, name, parent_id, path, division_code, code, created_at, request_fingerprint, version)"
    " SELECT item.id, item.family, item.kind, item.name, parent.id,"
    " parent.path || replace(item.id::text, '-', ''), item.division_code, item.code, :at, '', 1"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, family text, kind text, name text, parent_id uuid,"
    " division_code text, code text)"
    " JOIN organisation AS parent ON parent.id = item.parent_id AND parent.family = item.family"
    " RETURNING id"
)
FORMER_NAME = sa.text(
    "INSERT INTO organisation_former_name (id, organisation_id, name, until_at)"
    " SELECT item.former_id, existing.id, existing.name, :at"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, former_id uuid, version int, name text)"
    " JOIN organisation AS existing ON existing.id = item.id AND existing.version = item.version"
    " WHERE existing.name <> item.name"
    " RETURNING id"
)
CHANGE = sa.text(
    "UPDATE organisation AS existing SET name = item.name, division_code = item.division_code,"
    " version = existing.version + 1"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, version int, name text, division_code text)"
    " WHERE existing.id = item.id AND existing.version = item.version RETURNING existing.id"
)


@dataclass(frozen=True)
class ExistingOrganisations:
    """The records that the lines are compared with."""

    root: Organisation
    """The organisation of the import."""
    by_code: dict[str, Organisation]
    by_id: dict[UUID, Organisation]
    outside_codes: set[str]
    """Codes of the file that organisations out of scope use."""
    divisions: set[str]


async def load_existing(session: AsyncSession, import_: Import, lines: Sequence[Line]) -> ExistingOrganisations:
    """Load the records that the lines are compared with."""
    inside = (await session.exec(select(Organisation).where(is_in_scope(import_)))).all()
    is_in_file = is_one_of(Organisation.code, (line.values["code"] for line in lines))
    outside = select(Organisation.code).where(is_in_file, ~is_in_scope(import_))
    return ExistingOrganisations(
        root=next(organisation for organisation in inside if organisation.id == import_.organisation_id),
        by_code={organisation.code: organisation for organisation in inside if organisation.code},
        by_id={organisation.id: organisation for organisation in inside},
        outside_codes={code for code in (await session.exec(outside)).all() if code},
        divisions=await load_valid_divisions(session, lines),
    )


def build_plan(import_: Import, lines: Sequence[Line], existing: ExistingOrganisations) -> Plan:
    """Plan each line; for a complete file also list the organisations that no line mentions."""
    rows = start_rows(lines, "code")
    refuse_repeated(rows, lambda row: row.key)
    _TreePlanner(import_, rows, existing).plan_all()
    if import_.is_complete:
        rows += _missing_rows(lines, existing, rows[-1].number)
    return Plan(rows)


@dataclass(frozen=True)
class Parent:
    """The parent of a row, already planned or on record."""

    id: UUID
    kind: OrganisationKind
    depth: int
    """Depth of the children in the file; the step in which they merge."""


class _TreePlanner:
    """Plans the rows of a file as a tree below the import's organisation, each row after its parent."""

    def __init__(self, import_: Import, rows: list[PlannedRow], existing: ExistingOrganisations) -> None:
        self.import_, self.rows, self.existing = import_, rows, existing
        self.by_code = {row.key: row for row in rows if row.key}
        self.parents: dict[int, Parent] = {}
        """Line number → the row as a parent of others."""

    def plan_all(self) -> None:
        children: defaultdict[str | None, list[PlannedRow]] = defaultdict(list)
        for row in self.rows:
            children[self._parent_in_file(row)].append(row)
        waiting = children.pop(None, [])
        while waiting:
            row = waiting.pop()
            self._plan_row(row)
            if row.key and self.by_code[row.key] is row:
                waiting += children.pop(row.key, [])
        self._refuse_cycles([row for rows in children.values() for row in rows])

    def _parent_in_file(self, row: PlannedRow) -> str | None:
        parent = row.values["parent_code"]
        return parent if parent in self.by_code else None

    def _plan_row(self, row: PlannedRow) -> None:
        parent = self._find_parent(row, row.values["parent_code"])
        if not row.is_good or parent is None:
            return
        kind, family = OrganisationKind(row.values["kind"]), synonyms.family_of(parent.kind)
        if row.values["family"] not in {None, synonyms.family_of(kind)}:
            row.refuse("family", ImportIssue(IssueCode.FAMILY_DIFFERS, kind=kind))
        elif synonyms.family_of(kind) is not family:
            row.refuse("parent_code", ImportIssue(IssueCode.FAMILY_MIXED))
        refuse_unknown_division(row, self.existing.divisions)
        if row.key in self.existing.outside_codes:
            row.refuse("code", ImportIssue(IssueCode.CODE_USED_ELSEWHERE))
        if row.is_good:
            self._plan_organisation(row, kind, parent)
        if row.is_good and row.subject_id:
            self.parents[row.number] = Parent(row.subject_id, kind, parent.depth + 1)
            _note_unusual_parent(row, parent.kind, kind)

    def _find_parent(self, row: PlannedRow, code: str | None) -> Parent | None:
        """Find the parent in the file or on record; None, with an issue, if there is none."""
        if code is None:
            return Parent(self.existing.root.id, self.existing.root.kind, 0)
        if in_file := self.by_code.get(code):
            if in_file.number not in self.parents:
                row.refuse("parent_code", ImportIssue(IssueCode.PARENT_REFUSED, parent_line=in_file.number))
            return self.parents.get(in_file.number)
        recorded = self.existing.by_code.get(code)
        if recorded and recorded.valid_until:
            row.refuse("parent_code", ImportIssue.of(OrganisationIsClosed(organisation_id=code)))
            return None
        if recorded:
            return Parent(recorded.id, recorded.kind, 0)
        row.refuse("parent_code", ImportIssue(IssueCode.PARENT_UNKNOWN, value=code))
        return None

    def _plan_organisation(self, row: PlannedRow, kind: OrganisationKind, parent: Parent) -> None:
        values = row.values
        row.step = parent.depth
        recorded = self.existing.by_code.get(values["code"])
        if recorded and recorded.valid_until:
            row.refuse("code", ImportIssue.of(OrganisationIsClosed(organisation_id=values["code"])))
        elif recorded is None:
            _plan_new(self.import_, row, kind, parent.id)
        elif recorded.kind is not kind:
            row.refuse("kind", ImportIssue(IssueCode.KIND_CHANGED, recorded=recorded.kind))
        elif values["parent_code"] and recorded.parent_id != parent.id:
            recorded_parent = self.existing.by_id.get(recorded.parent_id) if recorded.parent_id else None
            row.refuse(
                "parent_code",
                ImportIssue(IssueCode.PARENT_CHANGED, recorded=(recorded_parent and recorded_parent.code) or "-"),
            )
        else:
            _plan_change(row, recorded, values)

    def _refuse_cycles(self, unreached: list[PlannedRow]) -> None:
        """Refuse the rows that no root leads to: they form a cycle or are below one."""
        if unreached:
            lines = sorted(row.number for row in unreached)[:5]
            for row in unreached:
                row.refuse("parent_code", ImportIssue(IssueCode.PARENT_CYCLE, lines=lines))


def _note_unusual_parent(row: PlannedRow, parent: OrganisationKind, kind: OrganisationKind) -> None:
    """Note a parent that a manual change would refuse; an import accepts it as an anomaly."""
    if row.outcome is RowOutcome.ADDED and fit(parent, kind) is not Fit.YES:
        row.note("parent_code", ImportIssue(IssueCode.PARENT_UNUSUAL, kind=kind, parent_kind=parent))


def _plan_new(import_: Import, row: PlannedRow, kind: OrganisationKind, parent_id: UUID) -> None:
    values = row.values
    row.outcome, row.subject_id = RowOutcome.ADDED, new_subject(import_, "organisation", values["code"])
    for name in ("name", "kind", "parent_code", "division_code"):
        row.change(name, None, values[name])
    row.plan = {
        "does": "add",
        "id": str(row.subject_id),
        "family": synonyms.family_of(kind).value,
        "kind": kind.value,
        "name": values["name"],
        "parent_id": str(parent_id),
        "division_code": values["division_code"],
        "code": row.key,
    }


def _plan_change(row: PlannedRow, recorded: Organisation, values: dict[str, Any]) -> None:
    """Plan a change of name or division; an empty division cell changes nothing."""
    row.subject_id = recorded.id
    division_code = values["division_code"] or recorded.division_code
    row.change("name", recorded.name, values["name"])
    row.change("division_code", recorded.division_code, division_code)
    if row.changes:
        row.outcome = RowOutcome.CHANGED
        row.plan = {
            "does": "change",
            "id": str(recorded.id),
            "version": recorded.version,
            "name": values["name"],
            "division_code": division_code,
            "parent_id": str(recorded.parent_id) if recorded.parent_id else None,
        }


def _missing_rows(lines: Sequence[Line], existing: ExistingOrganisations, last_number: int) -> list[PlannedRow]:
    mentioned = {line.values["code"] for line in lines}
    absent = [
        organisation
        for organisation in existing.by_code.values()
        if organisation.code not in mentioned and organisation is not existing.root and not organisation.valid_until
    ]
    ordered = enumerate(sorted(absent, key=lambda organisation: organisation.code or ""), last_number + 1)
    return [
        PlannedRow(number, None, organisation.code, RowOutcome.MISSING, organisation.id)
        for number, organisation in ordered
    ]


async def merge(chunk: MergeChunk) -> set[UUID]:
    """Write the rows of a chunk, all of one depth, with their events.

    The paths are read from the parents under the tree lock, so a concurrent move happens before or after the chunk.
    """
    await lock_tree_shared(chunk.session)
    added = await chunk.execute(ADD, chunk.plans("add"), at=chunk.at)
    renames = [{**plan, "former_id": str(new_id())} for plan in chunk.plans("change")]
    await chunk.execute(FORMER_NAME, renames, at=chunk.at)
    changed = await chunk.execute(CHANGE, chunk.plans("change"))
    for name, ids in ((EventName.ORGANISATION_CREATED, added), (EventName.ORGANISATION_CHANGED, changed)):
        facts = [
            Fact(row.subject_id, [UUID(ref) for ref in (row.plan["id"], row.plan["parent_id"]) if ref])
            for row in chunk.rows
            if row.plan and row.subject_id in ids
        ]
        await record_many(
            chunk.session, Organisation, name, facts, actor=event_actor(chunk.import_.confirmed_by), at=chunk.at
        )
    return added | changed


TARGET = Target(COLUMNS, load_existing, build_plan, merge)
