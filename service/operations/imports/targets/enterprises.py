"""Import of enterprises as places to visit, identified by credit code.

A line with a position also sets a fence. An enterprise that is not in the file is listed as missing and stays. An
import does not change which organisation is responsible.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.places import FencePayload
from schemas.foundation.geo import RADII_OF_ENTERPRISES_M, Point
from schemas.ground.places import PlaceKind, parse_credit_code
from schemas.operations.imports import RowOutcome
from service.foundation.errors import DomainError
from service.foundation.events.record import Fact, record_many
from service.foundation.geo import to_wgs84
from service.ground.places.rules import build_search_text, is_near_pole
from service.ground.places.tables import Fence, Place
from service.identity.tree.tables import Organisation
from service.operations.imports import cells, synonyms
from service.operations.imports.cells import Cell, Column
from service.operations.imports.events import event_actor
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.shared import (
    is_one_of,
    is_open_and_in_scope,
    load_valid_divisions,
    refuse_repeated,
    refuse_unknown_division,
)
from service.operations.imports.targets.target import (
    ROWS,
    MergeChunk,
    Plan,
    PlannedRow,
    Target,
    new_subject,
    start_rows,
)

DEFAULT_RADIUS_M = 100.0
"""The radius of a fence if the line has none: about a yard with its buildings."""
MIN_RADIUS_M, MAX_RADIUS_M = RADII_OF_ENTERPRISES_M
POSITION_FIELDS = ("longitude_deg", "latitude_deg", "datum")


def parse_credit_code_cell(cell: Cell) -> str:
    """Parse a unified social credit code and its check character (GB 32100). Raises ImportIssue."""
    value = cells.parse_code(cell)
    try:
        return parse_credit_code(value)
    except PydanticCustomError:
        raise ImportIssue(IssueCode.CREDIT_CODE_INVALID, value=value) from None


def parse_number(cell: Cell) -> float:
    """Parse a decimal number. Raises ImportIssue."""
    value = cells.parse_text(cell)
    try:
        number = float(value)
    except ValueError:
        raise ImportIssue(IssueCode.NUMBER_UNREADABLE, value=value) from None
    if not -1e6 < number < 1e6:
        raise ImportIssue(IssueCode.NUMBER_UNREADABLE, value=value)
    return number


COLUMNS = (
    Column("credit_code", ("统一社会信用代码", "信用代码"), parse_credit_code_cell, is_required=True),
    Column("name", ("名称", "企业名称"), cells.parse_text, is_required=True),
    Column("organisation_code", ("责任单位代码", "单位代码", "组织代码"), cells.parse_code, is_required=True),
    Column("division_code", ("区划代码", "行政区划代码"), cells.parse_code),
    Column("longitude_deg", ("经度",), parse_number),
    Column("latitude_deg", ("纬度",), parse_number),
    Column("datum", ("坐标系",), cells.choice_parser(synonyms.DATUMS, synonyms.ACCEPTED_DATUMS)),
    Column("radius_m", ("半径", "围栏半径"), parse_number),
)
ADD = sa.text(
    "INSERT INTO place (id, kind, name, organisation_id, division_code, credit_code, search_text, created_at,"
    " request_fingerprint, version)"
    " SELECT id, 'enterprise', name, organisation_id, division_code, credit_code, search_text, :at, '', 1"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, name text, organisation_id uuid, division_code text,"
    " credit_code text, search_text text) RETURNING id"
)
CHANGE = sa.text(
    "UPDATE place AS existing SET name = item.name, division_code = item.division_code, search_text = item.search_text,"
    " version = existing.version + 1 FROM jsonb_to_recordset(:rows)"
    " AS item (id uuid, version int, name text, division_code text, search_text text)"
    " WHERE existing.id = item.id AND existing.version = item.version RETURNING existing.id"
)
WITH_OTHER_FENCE = sa.text(
    "SELECT item.credit_code FROM jsonb_to_recordset(:rows)"
    " AS item (credit_code text, radius_m float8, longitude_deg float8, latitude_deg float8)"
    " JOIN place ON place.credit_code = item.credit_code"
    " WHERE NOT EXISTS (SELECT FROM fence WHERE fence.place_id = place.id AND fence.valid_until IS NULL"
    " AND ST_DWithin(fence.area, ST_SetSRID(ST_MakePoint(item.longitude_deg, item.latitude_deg), 4326)::geography, 1)"
    " AND (item.radius_m IS NULL OR fence.radius_m IS NULL OR fence.radius_m = item.radius_m))"
).bindparams(ROWS)
ADD_FENCE = sa.text(
    "INSERT INTO fence (id, place_id, name, kind, radius_m, area, valid_from, request_fingerprint)"
    " SELECT item.id, item.place_id, '导入', 'circle', item.radius_m,"
    " ST_SetSRID(ST_MakePoint(item.longitude_deg, item.latitude_deg), 4326)::geography, :at, ''"
    " FROM jsonb_to_recordset(:rows)"
    " AS item (id uuid, place_id uuid, radius_m float8, longitude_deg float8, latitude_deg float8)"
    " WHERE NOT EXISTS (SELECT FROM fence AS set WHERE set.place_id = item.place_id AND set.valid_until IS NULL)"
    " RETURNING id"
)


@dataclass(frozen=True)
class ExistingPlace:
    """A place on record with a credit code."""

    id: UUID
    kind: PlaceKind
    name: str
    organisation_id: UUID
    division_code: str | None
    credit_code: str | None
    version: int
    is_fenced: bool


@dataclass(frozen=True)
class ExistingEnterprises:
    """The records that the lines are compared with."""

    organisations: dict[str, UUID]
    """Open organisations in scope: code → id."""
    places: dict[str, ExistingPlace]
    """Places by credit code: those of the lines, and enterprises in scope."""
    organisation_ids: frozenset[UUID]
    divisions: set[str]
    with_other_fence: frozenset[str]
    """Credit codes of places that have no fence at the position of the line."""


async def load_existing(session: AsyncSession, import_: Import, lines: Sequence[Line]) -> ExistingEnterprises:
    """Load the records that the lines are compared with."""
    organisations = (
        await session.exec(select(Organisation.id, Organisation.code).where(is_open_and_in_scope(import_)))
    ).all()
    inside = sa.select(col(Organisation.id)).where(is_open_and_in_scope(import_))
    is_fenced = sa.exists().where(col(Fence.place_id) == col(Place.id), col(Fence.valid_until).is_(None))
    is_in_file = is_one_of(Place.credit_code, (line.values["credit_code"] for line in lines))
    is_in_scope = sa.and_(col(Place.organisation_id).in_(inside), col(Place.kind) == PlaceKind.ENTERPRISE)
    statement = sa.select(
        col(Place.id),
        col(Place.kind),
        col(Place.name),
        col(Place.organisation_id),
        col(Place.division_code),
        col(Place.credit_code),
        col(Place.version),
        is_fenced,
    ).where(col(Place.credit_code).is_not(None), sa.or_(is_in_file, is_in_scope))
    places = [ExistingPlace(*record) for record in await (await session.connection()).execute(statement)]
    return ExistingEnterprises(
        {code: organisation_id for organisation_id, code in organisations if code},
        {place.credit_code: place for place in places if place.credit_code},
        frozenset(organisation_id for organisation_id, _ in organisations),
        await load_valid_divisions(session, lines),
        await _load_other_fences(session, lines),
    )


async def _load_other_fences(session: AsyncSession, lines: Sequence[Line]) -> frozenset[str]:
    """Credit codes of places that have no current fence with this centre and, if given, this radius."""
    positions = []
    for line in lines:
        with suppress(ImportIssue):
            position = _parse_position(line.values) if not line.issues else None
            if position:
                positions.append(
                    {"credit_code": line.values["credit_code"], "radius_m": line.values["radius_m"], **position}
                )
    if not positions:
        return frozenset()
    return frozenset((await (await session.connection()).execute(WITH_OTHER_FENCE, {"rows": positions})).scalars())


def build_plan(import_: Import, lines: Sequence[Line], existing: ExistingEnterprises) -> Plan:
    """Plan each line; for a complete file also list the enterprises that no line mentions."""
    rows = start_rows(lines, "credit_code")
    refuse_repeated(rows, lambda row: row.key)
    for row in rows:
        if row.is_good:
            _plan_row(import_, row, existing)
    return Plan(rows + _missing_rows(rows, existing) if import_.is_complete else rows)


def _plan_row(import_: Import, row: PlannedRow, existing: ExistingEnterprises) -> None:
    organisation_id = existing.organisations.get(row.values["organisation_code"])
    place = existing.places.get(row.values["credit_code"])
    if organisation_id is None:
        row.refuse(
            "organisation_code", ImportIssue(IssueCode.ORGANISATION_UNKNOWN, value=row.values["organisation_code"])
        )
    elif place and place.organisation_id not in existing.organisation_ids:
        row.refuse("credit_code", ImportIssue(IssueCode.CODE_USED_ELSEWHERE))
    elif place and place.organisation_id != organisation_id:
        row.refuse("organisation_code", ImportIssue(IssueCode.RESPONSIBLE_CHANGED))
    elif place and place.kind is not PlaceKind.ENTERPRISE:
        row.refuse("credit_code", ImportIssue(IssueCode.PLACE_NOT_ENTERPRISE, recorded=place.kind))
    refuse_unknown_division(row, existing.divisions)
    fence = _parse_fence(row)
    if row.is_good and organisation_id:
        _plan_place(import_, row, place, organisation_id)
        if fence and row.subject_id and not (place and place.is_fenced):
            _plan_fence(import_, row, row.subject_id, fence)
        elif fence and row.key in existing.with_other_fence:
            row.note("longitude_deg", ImportIssue(IssueCode.FENCE_EXISTS))


def _parse_fence(row: PlannedRow) -> dict[str, float] | None:
    """Parse centre (WGS 84) and radius (m); None without a position. Refuses an incomplete one."""
    radius_m = row.values["radius_m"]
    if radius_m is not None and not MIN_RADIUS_M <= radius_m <= MAX_RADIUS_M:
        row.refuse("radius_m", ImportIssue(IssueCode.RADIUS_OUT_OF_RANGE, least=MIN_RADIUS_M, most=MAX_RADIUS_M))
        return None
    try:
        position = _parse_position(row.values)
    except ImportIssue as issue:
        missing = (name for name in POSITION_FIELDS if row.values[name] is None)
        row.refuse(next(missing, "longitude_deg"), issue)
        return None
    if position is None and radius_m is not None:
        row.note("radius_m", ImportIssue(IssueCode.RADIUS_WITHOUT_POSITION))
    return position and {**position, "radius_m": DEFAULT_RADIUS_M if radius_m is None else radius_m}


def _parse_position(values: Mapping[str, Any]) -> dict[str, float] | None:
    """Parse a position into WGS 84; None without one. Raises ImportIssue."""
    fields = {name: values[name] for name in POSITION_FIELDS}
    if all(value is None for value in fields.values()):
        return None
    if None in fields.values():
        raise ImportIssue(IssueCode.POSITION_INCOMPLETE)
    try:
        longitude_deg, latitude_deg = to_wgs84(Point(**fields))
    except (DomainError, ValidationError):
        raise ImportIssue(IssueCode.POSITION_IMPOSSIBLE) from None
    if is_near_pole(latitude_deg):
        raise ImportIssue(IssueCode.POSITION_IMPOSSIBLE)
    return {"longitude_deg": round(longitude_deg, 7), "latitude_deg": round(latitude_deg, 7)}


def _plan_place(import_: Import, row: PlannedRow, place: ExistingPlace | None, organisation_id: UUID) -> None:
    values = row.values
    row.subject_id = place.id if place else new_subject(import_, "place", values["credit_code"])
    division_code = values["division_code"] or (place.division_code if place else None)
    row.change("name", place.name if place else None, values["name"])
    row.change("division_code", place.division_code if place else None, division_code)
    if place is None:
        row.change("organisation_code", None, values["organisation_code"])
    row.plan = {
        "does": ("change" if row.changes else "keep") if place else "add",
        "id": str(row.subject_id),
        "organisation_id": str(organisation_id),
        "name": values["name"],
        "division_code": division_code,
        "credit_code": values["credit_code"],
        "search_text": build_search_text(values["name"]),
        "version": place.version if place else 1,
    }
    if row.changes:
        row.outcome = RowOutcome.CHANGED if place else RowOutcome.ADDED


def _plan_fence(import_: Import, row: PlannedRow, place_id: UUID, fence: dict[str, float]) -> None:
    fence_id = new_subject(import_, "fence", row.values["credit_code"])
    row.change("fence", None, f"{fence['longitude_deg']}, {fence['latitude_deg']} ± {fence['radius_m']:g} m")
    if row.outcome is RowOutcome.UNCHANGED:
        row.outcome = RowOutcome.CHANGED
    assert row.plan is not None  # noqa: S101 - set by the comparison just before
    row.plan["fence"] = {"id": str(fence_id), "place_id": str(place_id), **fence}


def _missing_rows(rows: list[PlannedRow], existing: ExistingEnterprises) -> list[PlannedRow]:
    mentioned = {row.values["credit_code"] for row in rows}
    absent = [
        place
        for place in existing.places.values()
        if place.credit_code not in mentioned and place.organisation_id in existing.organisation_ids
    ]
    ordered = enumerate(sorted(absent, key=lambda place: place.credit_code or ""), rows[-1].number + 1)
    return [PlannedRow(number, None, place.credit_code, RowOutcome.MISSING, place.id) for number, place in ordered]


async def merge(chunk: MergeChunk) -> set[UUID]:
    """Write the places and fences of a chunk with their events."""
    added = await chunk.execute(ADD, chunk.plans("add"), at=chunk.at)
    changed = await chunk.execute(CHANGE, chunk.plans("change"))
    unchanged = {UUID(plan["id"]) for plan in chunk.plans("keep")}
    fences = {UUID(row.plan["fence"]["id"]): row.plan for row in chunk.rows if row.plan and "fence" in row.plan}
    place_ids = added | changed | unchanged
    new_fences = [plan["fence"] for plan in fences.values() if UUID(plan["id"]) in place_ids]
    fence_ids = await chunk.execute(ADD_FENCE, new_fences, at=chunk.at)
    await _record_place_events(chunk, EventName.PLACE_CREATED, added)
    await _record_place_events(chunk, EventName.PLACE_CHANGED, changed)
    facts = [
        Fact(fence_id, [UUID(plan["organisation_id"])], payload=FencePayload(place_id=UUID(plan["id"])))
        for fence_id, plan in sorted(fences.items(), key=lambda item: item[0])
        if fence_id in fence_ids
    ]
    await record_many(
        chunk.session, Fence, EventName.FENCE_SET, facts, actor=event_actor(chunk.import_.confirmed_by), at=chunk.at
    )
    return place_ids


async def _record_place_events(chunk: MergeChunk, name: EventName, ids: set[UUID]) -> None:
    facts = [
        Fact(row.subject_id, [UUID(row.plan["organisation_id"])])
        for row in chunk.rows
        if row.plan and row.subject_id in ids
    ]
    await record_many(chunk.session, Place, name, facts, actor=event_actor(chunk.import_.confirmed_by), at=chunk.at)


TARGET: Target[Any] = Target(COLUMNS, load_existing, build_plan, merge)
