"""Enterprises from a file, as places that can be visited: known by their credit code, with a fence where a position is.

A closed enterprise is listed as missing and stays; which organisation is responsible for one is not changed by a file.
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
from service.operations.imports import cells, words
from service.operations.imports.cells import Cell, Column
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.kinds import ROWS, Merge, Plan, Planned, Target, new_subject, started
from service.operations.imports.targets.shared import (
    among,
    divisions_in_force,
    must_know_division,
    open_below,
    refuse_repeated,
)
from service.operations.imports.telling import actor_named_by

RADIUS_M = 100.0
"""Of a fence whose file names none: a yard with its buildings."""
SMALLEST_M, LARGEST_M = RADII_OF_ENTERPRISES_M
POSITION = ("longitude_deg", "latitude_deg", "datum")


def credit_code(cell: Cell) -> str:
    """A unified social credit code, checked by its check character (GB 32100). Raises an issue."""
    value = cells.code(cell)
    try:
        return parse_credit_code(value)
    except PydanticCustomError:
        raise ImportIssue(IssueCode.CREDIT_CODE_WRONG, value=value) from None


def number(cell: Cell) -> float:
    """A decimal number. Raises an issue."""
    value = cells.text(cell)
    try:
        found = float(value)
    except ValueError:
        raise ImportIssue(IssueCode.NUMBER_UNREADABLE, value=value) from None
    if not -1e6 < found < 1e6:
        raise ImportIssue(IssueCode.NUMBER_UNREADABLE, value=value)
    return found


COLUMNS = (
    Column("credit_code", ("统一社会信用代码", "信用代码"), credit_code, is_required=True),
    Column("name", ("名称", "企业名称"), cells.text, is_required=True),
    Column("organisation_code", ("责任单位代码", "单位代码", "组织代码"), cells.code, is_required=True),
    Column("division_code", ("区划代码", "行政区划代码"), cells.code),
    Column("longitude_deg", ("经度",), number),
    Column("latitude_deg", ("纬度",), number),
    Column("datum", ("坐标系",), cells.choice(words.DATUMS, words.DATUMS_TAKEN)),
    Column("radius_m", ("半径", "围栏半径"), number),
)
ADD = sa.text(
    "INSERT INTO place (id, kind, name, organisation_id, division_code, credit_code, search_text, created_at,"
    " request_fingerprint, version)"
    " SELECT id, 'enterprise', name, organisation_id, division_code, credit_code, search_text, :at, '', 1"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, name text, organisation_id uuid, division_code text,"
    " credit_code text, search_text text) RETURNING id"
)
CHANGE = sa.text(
    "UPDATE place AS kept SET name = asked.name, division_code = asked.division_code, search_text = asked.search_text,"
    " version = kept.version + 1 FROM jsonb_to_recordset(:rows)"
    " AS asked (id uuid, version int, name text, division_code text, search_text text)"
    " WHERE kept.id = asked.id AND kept.version = asked.version RETURNING kept.id"
)
OTHERWISE = sa.text(
    "SELECT said.credit_code FROM jsonb_to_recordset(:rows)"
    " AS said (credit_code text, radius_m float8, longitude_deg float8, latitude_deg float8)"
    " JOIN place ON place.credit_code = said.credit_code"
    " WHERE NOT EXISTS (SELECT FROM fence WHERE fence.place_id = place.id AND fence.valid_until IS NULL"
    " AND ST_DWithin(fence.area, ST_SetSRID(ST_MakePoint(said.longitude_deg, said.latitude_deg), 4326)::geography, 1)"
    " AND (said.radius_m IS NULL OR fence.radius_m IS NULL OR fence.radius_m = said.radius_m))"
).bindparams(ROWS)
FENCE = sa.text(
    "INSERT INTO fence (id, place_id, name, kind, radius_m, area, valid_from, request_fingerprint)"
    " SELECT asked.id, asked.place_id, '导入', 'circle', asked.radius_m,"
    " ST_SetSRID(ST_MakePoint(asked.longitude_deg, asked.latitude_deg), 4326)::geography, :at, ''"
    " FROM jsonb_to_recordset(:rows)"
    " AS asked (id uuid, place_id uuid, radius_m float8, longitude_deg float8, latitude_deg float8)"
    " WHERE NOT EXISTS (SELECT FROM fence AS set WHERE set.place_id = asked.place_id AND set.valid_until IS NULL)"
    " RETURNING id"
)


@dataclass(frozen=True)
class Enterprise:
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
class World:
    """Organisations of the import by code, places by credit code, those elsewhere, divisions in force, and the credit
    codes of places none of whose fences lies where the line says.
    """

    organisations: dict[str, UUID]
    places: dict[str, Enterprise]
    here: frozenset[UUID]
    divisions: set[str]
    fenced_otherwise: frozenset[str]


async def world(session: AsyncSession, row: Import, lines: Sequence[Line]) -> World:
    """What is on record and matters to the lines."""
    organisations = (await session.exec(select(Organisation.id, Organisation.code).where(open_below(row)))).all()
    inside = sa.select(col(Organisation.id)).where(open_below(row))
    fenced = sa.exists().where(col(Fence.place_id) == col(Place.id), col(Fence.valid_until).is_(None))
    named = among(Place.credit_code, (line.values["credit_code"] for line in lines))
    ours = sa.and_(col(Place.organisation_id).in_(inside), col(Place.kind) == PlaceKind.ENTERPRISE)
    statement = sa.select(
        col(Place.id),
        col(Place.kind),
        col(Place.name),
        col(Place.organisation_id),
        col(Place.division_code),
        col(Place.credit_code),
        col(Place.version),
        fenced,
    ).where(col(Place.credit_code).is_not(None), sa.or_(named, ours))
    places = [Enterprise(*found) for found in await (await session.connection()).execute(statement)]
    return World(
        {code: found for found, code in organisations if code},
        {place.credit_code: place for place in places if place.credit_code},
        frozenset(found for found, _ in organisations),
        await divisions_in_force(session, lines),
        await _fenced_otherwise(session, lines),
    )


async def _fenced_otherwise(session: AsyncSession, lines: Sequence[Line]) -> frozenset[str]:
    """Credit codes of places without a fence in force around this middle, or with this radius if one is said."""
    said = []
    for line in lines:
        with suppress(ImportIssue):
            position = _position(line.values) if not line.issues else None
            if position:
                said.append(
                    {"credit_code": line.values["credit_code"], "radius_m": line.values["radius_m"], **position}
                )
    if not said:
        return frozenset()
    return frozenset((await (await session.connection()).execute(OTHERWISE, {"rows": said})).scalars())


def plan(row: Import, lines: Sequence[Line], known: World) -> Plan:
    """Added, changed, unchanged, refused; at the end the enterprises that a complete file does not name."""
    rows = started(lines, "credit_code")
    refuse_repeated(rows, lambda one: one.key)
    for one in rows:
        if one.is_good:
            _settle(row, one, known)
    return Plan(rows + _missing(rows, known) if row.is_complete else rows)


def _settle(row: Import, one: Planned, known: World) -> None:
    organisation_id = known.organisations.get(one.said["organisation_code"])
    place = known.places.get(one.said["credit_code"])
    if organisation_id is None:
        one.refuse(
            "organisation_code", ImportIssue(IssueCode.ORGANISATION_UNKNOWN, value=one.said["organisation_code"])
        )
    elif place and place.organisation_id not in known.here:
        one.refuse("credit_code", ImportIssue(IssueCode.CODE_ELSEWHERE))
    elif place and place.organisation_id != organisation_id:
        one.refuse("organisation_code", ImportIssue(IssueCode.RESPONSIBLE_CHANGED))
    elif place and place.kind is not PlaceKind.ENTERPRISE:
        one.refuse("credit_code", ImportIssue(IssueCode.PLACE_IS_OTHER, recorded=place.kind))
    must_know_division(one, known.divisions)
    fence = _fence(one)
    if one.is_good and organisation_id:
        _compare(row, one, place, organisation_id)
        if fence and one.subject_id and not (place and place.is_fenced):
            _set_fence(row, one, one.subject_id, fence)
        elif fence and one.key in known.fenced_otherwise:
            one.note("longitude_deg", ImportIssue(IssueCode.FENCE_STANDS))


def _fence(one: Planned) -> dict[str, float] | None:
    """Centre in WGS 84 and radius in metres; None without a position. Refuses half of one."""
    radius_m = one.said["radius_m"]
    if radius_m is not None and not SMALLEST_M <= radius_m <= LARGEST_M:
        one.refuse("radius_m", ImportIssue(IssueCode.RADIUS_OUT_OF_RANGE, least=SMALLEST_M, most=LARGEST_M))
        return None
    try:
        position = _position(one.said)
    except ImportIssue as issue:
        missing = (name for name in POSITION if one.said[name] is None)
        one.refuse(next(missing, "longitude_deg"), issue)
        return None
    if position is None and radius_m is not None:
        one.note("radius_m", ImportIssue(IssueCode.RADIUS_WITHOUT_POSITION))
    return position and {**position, "radius_m": RADIUS_M if radius_m is None else radius_m}


def _position(said: Mapping[str, Any]) -> dict[str, float] | None:
    """In WGS 84; None for none. Raises an ImportIssue for half of one or an impossible one."""
    given = {name: said[name] for name in POSITION}
    if all(value is None for value in given.values()):
        return None
    if None in given.values():
        raise ImportIssue(IssueCode.POSITION_INCOMPLETE)
    try:
        longitude_deg, latitude_deg = to_wgs84(Point(**given))
    except (DomainError, ValidationError):
        raise ImportIssue(IssueCode.POSITION_IMPOSSIBLE) from None
    if is_near_pole(latitude_deg):
        raise ImportIssue(IssueCode.POSITION_IMPOSSIBLE)
    return {"longitude_deg": round(longitude_deg, 7), "latitude_deg": round(latitude_deg, 7)}


def _compare(row: Import, one: Planned, place: Enterprise | None, organisation_id: UUID) -> None:
    said = one.said
    one.subject_id = place.id if place else new_subject(row, "place", said["credit_code"])
    division_code = said["division_code"] or (place.division_code if place else None)
    one.change("name", place.name if place else None, said["name"])
    one.change("division_code", place.division_code if place else None, division_code)
    if place is None:
        one.change("organisation_code", None, said["organisation_code"])
    one.plan = {
        "does": ("change" if one.changes else "keep") if place else "add",
        "id": str(one.subject_id),
        "organisation_id": str(organisation_id),
        "name": said["name"],
        "division_code": division_code,
        "credit_code": said["credit_code"],
        "search_text": build_search_text(said["name"]),
        "version": place.version if place else 1,
    }
    if one.changes:
        one.outcome = RowOutcome.CHANGED if place else RowOutcome.ADDED


def _set_fence(row: Import, one: Planned, place_id: UUID, fence: dict[str, float]) -> None:
    fence_id = new_subject(row, "fence", one.said["credit_code"])
    one.change("fence", None, f"{fence['longitude_deg']}, {fence['latitude_deg']} ± {fence['radius_m']:g} m")
    if one.outcome is RowOutcome.UNCHANGED:
        one.outcome = RowOutcome.CHANGED
    assert one.plan is not None  # noqa: S101 - set by the comparison just before
    one.plan["fence"] = {"id": str(fence_id), "place_id": str(place_id), **fence}


def _missing(rows: list[Planned], known: World) -> list[Planned]:
    named = {one.said["credit_code"] for one in rows}
    absent = [
        place
        for place in known.places.values()
        if place.credit_code not in named and place.organisation_id in known.here
    ]
    ordered = enumerate(sorted(absent, key=lambda place: place.credit_code or ""), rows[-1].number + 1)
    return [Planned(behind, None, place.credit_code, RowOutcome.MISSING, place.id) for behind, place in ordered]


async def merge(step: Merge) -> set[UUID]:
    """Write the due places and fences with their events."""
    added = await step.written(ADD, step.plans("add"), at=step.at)
    changed = await step.written(CHANGE, step.plans("change"))
    row = {UUID(plan["id"]) for plan in step.plans("keep")}
    fences = {UUID(one.plan["fence"]["id"]): one.plan for one in step.due if one.plan and "fence" in one.plan}
    wanted = [plan["fence"] for plan in fences.values() if UUID(plan["id"]) in added | changed | row]
    fenced = await step.written(FENCE, wanted, at=step.at)
    await _record_event(step, EventName.PLACE_CREATED, added)
    await _record_event(step, EventName.PLACE_CHANGED, changed)
    facts = [
        Fact(one, [UUID(fences[one]["organisation_id"])], payload=FencePayload(place_id=UUID(fences[one]["id"])))
        for one in sorted(fenced)
    ]
    await record_many(
        step.session, Fence, EventName.FENCE_SET, facts, actor=actor_named_by(step.row.confirmed_by), at=step.at
    )
    return added | changed | row


async def _record_event(step: Merge, name: EventName, written: set[UUID]) -> None:
    facts = [
        Fact(one.subject_id, [UUID(one.plan["organisation_id"])])
        for one in step.due
        if one.plan and one.subject_id in written
    ]
    await record_many(step.session, Place, name, facts, actor=actor_named_by(step.row.confirmed_by), at=step.at)


TARGET: Target[Any] = Target(COLUMNS, world, plan, merge)
