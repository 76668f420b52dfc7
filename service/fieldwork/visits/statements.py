"""SQL of the check-in: judge the presence, insert the visit, store the position, record the event.

One round trip. `CHECK_IN` takes one check-in as parameters, `CHECK_IN_MANY` a JSON array of many (PERF 'What we
decided' 3). The joins drop a row whose place, posting or organisation does not match, so one invalid row never fails
a batch. `EXISTING_VISITS` reads visits that existed before; a new visit, the common case, does not need it.

`FOR SHARE` locks the consent. A withdrawal waits for this statement and then deletes the stored position, or this
statement waits for the withdrawal and stores no position.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.events import EventName
from service.fieldwork.visits.rules import Measure, presence_sql, reasons_sql
from service.fieldwork.visits.tables import Visit
from service.foundation.events.actors import ActorKind
from service.foundation.events.record import event_insert_sql
from service.identity.access.permissions import Permission, roles_with

COLUMNS = (
    "id, person_id, organisation_id, place_id, state, checked_in_at, checked_out_at, presence, presence_reasons,"
    " ended_by, purpose, people_met, heard, done, stay, help_given,"
    " recorded_at, version, request_fingerprint"
)

COLUMN_TYPES = {
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
"""Columns of a check-in request with their SQL types; `check_in._build_row` fills them."""

VISITING_ROLES = roles_with(Permission.VISIT_WRITE)
SHORTEST_TRIP_S = 60
"""Seconds. A position may be a minute late, so a speed is computed over at least this time."""

Field = Callable[[str], str]
"""Returns the SQL expression of a column of COLUMN_TYPES."""


@dataclass(frozen=True)
class StatementParts:
    """Parts that differ between the statement for one check-in and the statement for many."""

    column: Field
    requests_cte: str = ""
    """The first common table expression; empty for one check-in."""
    source: str = "place"
    join_requests: str = ""
    """Joins the requests to the new visits."""
    order_by: str = ""
    """Inserts in one order, so that two batches with the same ids cannot deadlock."""


# the f-strings insert only names and thresholds of our own tables; every value is a bound parameter
def _posting(column: Field) -> str:
    """SQL: the first valid posting that may visit, of the requested organisation if one was requested."""
    return f"""
    SELECT p.organisation_id FROM posting AS p
    WHERE p.person_id = %(person_id)s::uuid AND p.role = ANY ('{{{",".join(VISITING_ROLES)}}}')
        AND p.valid_from <= %(now)s::timestamptz
        AND (p.valid_until IS NULL OR p.valid_until > %(now)s::timestamptz)
        AND ({column("organisation_id")} IS NULL OR p.organisation_id = {column("organisation_id")})
    ORDER BY p.valid_from LIMIT 1"""  # noqa: S608 - see above


def _fence(column: Field) -> str:
    """SQL: number of fences, and metres to the nearest fence edge, negative inside.

    The boundary of a polygon is measured only if the point is inside, because it is slow.
    """
    return f"""
    SELECT count(*) AS number, min(
        ST_Distance(f.area, {column("point")})
        - CASE WHEN f.kind = 'circle' THEN f.radius_m
            WHEN ST_Covers(f.area, {column("point")})
                THEN ST_Distance(ST_Boundary(f.area::geometry)::geography, {column("point")})
            ELSE 0 END
    ) AS distance_m
    FROM fence AS f WHERE f.place_id = place.id AND f.valid_until IS NULL"""  # noqa: S608 - see above


def _speed(column: Field) -> str:
    """SQL: metres per second from the person's previous stored position, and to the next one.

    Positions of the same batch are not stored yet, so they are not compared.
    """

    def neighbour(operator: str, order: str) -> str:
        return f"""(
        SELECT k.position, k.accuracy_m, k.captured_at FROM visit_position AS k
        WHERE k.person_id = %(person_id)s::uuid AND k.captured_at {operator} {column("captured_at")}
        ORDER BY k.captured_at {order} LIMIT 1)"""  # noqa: S608 - see above

    return f"""
    SELECT max(
        greatest(ST_Distance(k.position, {column("point")}) - k.accuracy_m - {column("accuracy_m")}, 0)
        / greatest(abs(date_part('epoch', k.captured_at - {column("captured_at")})), {SHORTEST_TRIP_S})
    ) AS {Measure.SPEED_M_S}
    FROM ({neighbour("<=", "DESC")} UNION ALL {neighbour(">", "ASC")}) AS k"""  # noqa: S608 - see above


def _checked_in_event(column: Field) -> str:
    return event_insert_sql(
        Visit,
        "new",
        EventName.VISIT_CHECKED_IN,
        event_id=column("event_id"),
        occurred_at="new.checked_in_at",
        actor_kind=ActorKind.PERSON,
        actor_id="new.person_id",
        organisation_ids="ARRAY[new.organisation_id]",
        person_ids="ARRAY[new.person_id]",
        payload={"place_id": "new.place_id", "person_id": "new.person_id"},
    )


def _check_in(parts: StatementParts) -> str:
    """SQL: the whole statement."""
    column = parts.column
    return f"""
WITH {parts.requests_cte} measured AS (
    SELECT {column("id")} AS id, {column("place_id")} AS place_id, {column("checked_in_at")} AS checked_in_at,
        {column("request_fingerprint")} AS request_fingerprint, posting.organisation_id,
        {", ".join(f"{column(name)} AS {name}" for name in COLUMN_TYPES if name in set(Measure))},
        fence.number AS {Measure.FENCES},
        fence.distance_m - {column("accuracy_m")} AS {Measure.GAP_M},
        CASE WHEN fence.distance_m <= {column("accuracy_m")} THEN fence.distance_m + {column("accuracy_m")} END
            AS {Measure.OVERLAP_M},
        travel.{Measure.SPEED_M_S}
    FROM {parts.source}
    JOIN LATERAL ({_posting(column)}) AS posting ON true
    CROSS JOIN LATERAL ({_fence(column)}) AS fence
    CROSS JOIN LATERAL ({_speed(column)}) AS travel
    WHERE place.id = {column("place_id")}
), new AS (
    INSERT INTO visit (id, person_id, organisation_id, place_id, state, checked_in_at, presence, presence_reasons,
        request_fingerprint)
    SELECT id, %(person_id)s::uuid, organisation_id, place_id, 'open', checked_in_at, {presence_sql()},
        {reasons_sql()}, request_fingerprint
    FROM measured {parts.order_by}
    ON CONFLICT (id) DO NOTHING
    RETURNING *
), stored AS (
    INSERT INTO visit_position (visit_id, person_id, position, accuracy_m, sent_longitude_deg, sent_latitude_deg,
        sent_datum, captured_at)
    SELECT new.id, new.person_id, {column("point")}, {column("accuracy_m")}, {column("sent_longitude_deg")},
        {column("sent_latitude_deg")}, {column("sent_datum")}, {column("captured_at")}
    FROM new {parts.join_requests}
    JOIN consent ON consent.person_id = new.person_id AND consent.purpose = 'keep_positions'
        AND consent.withdrawn_at IS NULL
    WHERE {column("point")} IS NOT NULL
    FOR SHARE OF consent
), events AS ({_checked_in_event(column)}
    FROM new {parts.join_requests}
)
SELECT {COLUMNS} FROM new
"""  # noqa: S608 - see above


_ROWS = ", ".join(f"{name} {kind}" for name, kind in COLUMN_TYPES.items())
CHECK_IN = _check_in(StatementParts(column=lambda name: f"%({name})s::{COLUMN_TYPES[name]}"))
CHECK_IN_MANY = _check_in(
    StatementParts(
        column=lambda name: f"requests.{name}",
        requests_cte=f"requests AS (SELECT * FROM json_to_recordset(%(requests)s::json) AS r ({_ROWS})),",  # noqa: S608 - see above
        source="requests CROSS JOIN place",
        join_requests="JOIN requests USING (id)",
        order_by="ORDER BY id",
    )
)

# Existing visits of the person: read only for check-ins that created none.
EXISTING_VISITS = f"""
SELECT {COLUMNS} FROM visit WHERE id = ANY (%(ids)s::uuid[]) AND person_id = %(person_id)s::uuid
"""  # noqa: S608 - see above

# Why a check-in created no visit although none exists.
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
