"""The hot statement of visits: judge, insert, keep the position if consented, record the event. One round trip.

One text in two shapes: `CHECK_IN` takes one check-in as plain parameters, `CHECK_IN_MANY` a JSON array of many
(PERF 'What we decided' 3). Rows whose place, posting or organisation does not fit fall out in the joins, so that one
bad row never fails a batch. What was there before is read afterwards by `EXISTING_VISITS`: a new visit, the ordinary case,
does not pay for it.

The consent is locked FOR SHARE: either its withdrawal waits for this statement, and what follows it finds the
position; or this statement waits for the withdrawal, and keeps none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.events import EventName
from service.fieldwork.visits.rules import Measure, presence_sql, reasons_sql
from service.fieldwork.visits.tables import Visit
from service.foundation.events.actors import ActorKind
from service.foundation.events.record import event_insert_sql
from service.identity.access.permissions import Permission
from service.identity.access.roles import roles_with

COLUMNS = (
    "id, person_id, organisation_id, place_id, state, checked_in_at, checked_out_at, presence, presence_reasons,"
    " ended_by, purpose, people_met, heard, done, stay, help_given,"
    " recorded_at, version, request_fingerprint"
)

ASKED = {
    "id": "uuid",
    "event_id": "uuid",
    "place_id": "uuid",
    "organisation_id": "uuid",
    "checked_in_at": "timestamptz",
    "request_fingerprint": "bytea",
    "point": "geography",
    "accuracy_m": "float8",
    "captured_at": "timestamptz",
    "sent_longitude_deg": "float8",
    "sent_latitude_deg": "float8",
    "sent_datum": "text",
    Measure.POSITIONS: "int",
    Measure.POSITION_AGE_S: "float8",
    Measure.CLOCK_SKEW_S: "float8",
    Measure.MOCKS: "int",
    Measure.SITE_CODES: "int",
}
"""What a check-in brings, with its SQL type: `check_ins._asked` fills it."""

VISITING_ROLES = roles_with(Permission.VISIT_WRITE)
SHORTEST_TRIP_S = 60
"""Two positions of nearly one moment: a receiver may be a minute behind, and no speed is computed over less."""

Field = Callable[[str], str]
"""How a statement names a field of ASKED."""


@dataclass(frozen=True)
class Shape:
    """What differs between the statement for one check-in and that for many."""

    of: Field
    asked: str = ""
    """The first table expression, if what was asked is one."""
    source: str = "place"
    again: str = ""
    """Joins what was asked to the new visits."""
    order: str = ""
    """One order for all, so that two batches with the same ids never wait for each other in a circle."""


# names and thresholds come from our own tables of rules and columns; every value is bound
def _posting(of: Field) -> str:
    """The first posting in force that may visit, for the organisation asked for if there is one."""
    return f"""
    SELECT held.organisation_id FROM posting AS held
    WHERE held.person_id = %(person_id)s::uuid AND held.role = ANY ('{{{",".join(VISITING_ROLES)}}}')
        AND held.valid_from <= %(now)s::timestamptz
        AND (held.valid_until IS NULL OR held.valid_until > %(now)s::timestamptz)
        AND ({of("organisation_id")} IS NULL OR held.organisation_id = {of("organisation_id")})
    ORDER BY held.valid_from LIMIT 1"""  # noqa: S608 - see above


def _fence(of: Field) -> str:
    """How many fences, and metres to the nearest edge of any, negative inside; polygons measured only where inside."""
    return f"""
    SELECT count(*) AS number, min(
        ST_Distance(f.area, {of("point")})
        - CASE WHEN f.kind = 'circle' THEN f.radius_m
            WHEN ST_Covers(f.area, {of("point")})
                THEN ST_Distance(ST_Boundary(f.area::geometry)::geography, {of("point")})
            ELSE 0 END
    ) AS distance_m
    FROM fence AS f WHERE f.place_id = place.id AND f.valid_until IS NULL"""  # noqa: S608 - see above


def _speed(of: Field) -> str:
    """Metres a second from the last position kept of the person before, and to the next one after.

    What comes in the same batch is not kept yet, so it is not compared.
    """

    def neighbour(operator: str, order: str) -> str:
        return f"""(
        SELECT k.position, k.accuracy_m, k.captured_at FROM visit_position AS k
        WHERE k.person_id = %(person_id)s::uuid AND k.captured_at {operator} {of("captured_at")}
        ORDER BY k.captured_at {order} LIMIT 1)"""  # noqa: S608 - see above

    return f"""
    SELECT max(
        greatest(ST_Distance(k.position, {of("point")}) - k.accuracy_m - {of("accuracy_m")}, 0)
        / greatest(abs(date_part('epoch', k.captured_at - {of("captured_at")})), {SHORTEST_TRIP_S})
    ) AS {Measure.SPEED_M_S}
    FROM ({neighbour("<=", "DESC")} UNION ALL {neighbour(">", "ASC")}) AS k"""  # noqa: S608 - see above


def _checked_in_event(of: Field) -> str:
    return event_insert_sql(
        Visit,
        "new",
        EventName.VISIT_CHECKED_IN,
        event_id=of("event_id"),
        occurred_at="new.checked_in_at",
        actor_kind=ActorKind.PERSON,
        actor_id="new.person_id",
        organisation_ids="ARRAY[new.organisation_id]",
        person_ids="ARRAY[new.person_id]",
        payload={"place_id": "new.place_id", "person_id": "new.person_id"},
    )


def _check_in(shape: Shape) -> str:
    of = shape.of
    return f"""
WITH {shape.asked} measured AS (
    SELECT {of("id")} AS id, {of("place_id")} AS place_id, {of("checked_in_at")} AS checked_in_at,
        {of("request_fingerprint")} AS request_fingerprint, posting.organisation_id,
        {", ".join(f"{of(name)} AS {name}" for name in ASKED if name in set(Measure))},
        fence.number AS {Measure.FENCES},
        fence.distance_m - {of("accuracy_m")} AS {Measure.GAP_M},
        CASE WHEN fence.distance_m <= {of("accuracy_m")} THEN fence.distance_m + {of("accuracy_m")} END
            AS {Measure.OVERLAP_M},
        moved.{Measure.SPEED_M_S}
    FROM {shape.source}
    JOIN LATERAL ({_posting(of)}) AS posting ON true
    CROSS JOIN LATERAL ({_fence(of)}) AS fence
    CROSS JOIN LATERAL ({_speed(of)}) AS moved
    WHERE place.id = {of("place_id")}
), new AS (
    INSERT INTO visit (id, person_id, organisation_id, place_id, state, checked_in_at, presence, presence_reasons,
        request_fingerprint)
    SELECT id, %(person_id)s::uuid, organisation_id, place_id, 'open', checked_in_at, {presence_sql()},
        {reasons_sql()}, request_fingerprint
    FROM measured {shape.order}
    ON CONFLICT (id) DO NOTHING
    RETURNING *
), kept AS (
    INSERT INTO visit_position (visit_id, person_id, position, accuracy_m, sent_longitude_deg, sent_latitude_deg,
        sent_datum, captured_at)
    SELECT new.id, new.person_id, {of("point")}, {of("accuracy_m")}, {of("sent_longitude_deg")},
        {of("sent_latitude_deg")}, {of("sent_datum")}, {of("captured_at")}
    FROM new {shape.again}
    JOIN consent ON consent.person_id = new.person_id AND consent.purpose = 'keep_positions'
        AND consent.withdrawn_at IS NULL
    WHERE {of("point")} IS NOT NULL
    FOR SHARE OF consent
), events AS ({_checked_in_event(of)}
    FROM new {shape.again}
)
SELECT {COLUMNS} FROM new
"""  # noqa: S608 - see above


_ROWS = ", ".join(f"{name} {kind}" for name, kind in ASKED.items())
CHECK_IN = _check_in(Shape(of=lambda name: f"%({name})s::{ASKED[name]}"))
CHECK_IN_MANY = _check_in(
    Shape(
        of=lambda name: f"asked.{name}",
        asked=f"asked AS (SELECT * FROM json_to_recordset(%(asked)s::json) AS a ({_ROWS})),",  # noqa: S608 - see above
        source="asked CROSS JOIN place",
        again="JOIN asked USING (id)",
        order="ORDER BY id",
    )
)

# Own visits that were there before: asked only for check-ins that made none.
EXISTING_VISITS = f"""
SELECT {COLUMNS} FROM visit WHERE id = ANY (%(ids)s::uuid[]) AND person_id = %(person_id)s::uuid
"""  # noqa: S608 - see above

# What stood in the way of a check-in that is not there now either.
FAILURE_CAUSES = """
SELECT
    EXISTS (SELECT FROM visit WHERE id = %(id)s::uuid) AS is_taken,
    EXISTS (SELECT FROM place WHERE id = %(place_id)s::uuid) AS has_place,
    EXISTS (
        SELECT FROM posting WHERE person_id = %(person_id)s::uuid
            AND valid_from <= %(now)s::timestamptz AND (valid_until IS NULL OR valid_until > %(now)s::timestamptz)
            AND (%(organisation_id)s::uuid IS NULL OR organisation_id = %(organisation_id)s::uuid)
    ) AS has_posting
"""
