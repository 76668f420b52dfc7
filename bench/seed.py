"""Rows for the benchmarks: places of a province, persons with postings, consents, and visits.

Ids are decimal numbers in UUIDv7 format, because pgbench generates only numbers. So pgbench, the load generator and
this file use the same ids.
"""

from uuid import UUID

import psycopg

from bench.database import Database

ORGANISATIONS = 200
PERSONS = 10_000
VISITORS = 1_000
"""Persons who check in during a run, each with its own token."""
CONSENTED_EVERY = 10
"""One person in ten consents to keeping positions."""
PLACES = 20_000
POLYGON_EVERY = 20
"""One place in twenty has a polygon in addition to its circle."""
WEST_DEG, SOUTH_DEG, STEP_DEG, PER_ROW = 116, 30, 0.01, 200
"""Places form a grid with PER_ROW places in a row."""

ORGANISATION, PERSON, PLACE, POSTING, FENCE, CONSENT = range(1, 7)
HEAD = "1900000000007000"


def _first(kind: int) -> int:
    return (8000 + kind) * 10**12


def id_of(kind: int, number: int) -> UUID:
    """Return the id of the row with this number."""
    return UUID(f"{HEAD}{_first(kind) + number}")


def centre_of(place: int) -> tuple[float, float]:
    """Return (longitude, latitude) of the place with this number, WGS 84, degrees."""
    return WEST_DEG + place % PER_ROW * STEP_DEG, SOUTH_DEG + place // PER_ROW * STEP_DEG


def _id(kind: int, number: str) -> str:
    return f"('{HEAD}' || {_first(kind)}::bigint + ({number}))::uuid"


EVERYWHERE = f"""
\\set i :i + 1
\\set client {_first(0)} + :client_id
\\set visitor random(1, {VISITORS})
\\set nth_place random(1, {PLACES})
\\set person {_first(PERSON)} + :visitor
\\set organisation {_first(ORGANISATION)} + 1 + mod(:visitor, {ORGANISATIONS})
\\set place {_first(PLACE)} + :nth_place
\\set east {WEST_DEG} + mod(:nth_place, {PER_ROW}) * {STEP_DEG}
\\set north {SOUTH_DEG} + :nth_place / {PER_ROW} * {STEP_DEG}
\\set month random(7, 9)
\\set day random(10, 28)
\\set hour random(10, 19)
"""
"""The random values of each pgbench transaction: a person, a place, a time."""

LITERALS = {
    "id": "'1:i-7000-:client'",
    "event_id": "'01a02:i-:client'",
    "person_id": f"'{HEAD}:person'",
    "place_id": f"'{HEAD}:place'",
    "organisation_id": "NULL",
    "checked_in_at": "'2026-:month-:day :hour:30:00'",
    "request_fingerprint": f"'\\x{'ab' * 32}'",
    "point": "'POINT(:east :north)'",
    "accuracy_m": "15",
    "captured_at": "'2026-:month-:day :hour:30:00'",
    "sent_longitude_deg": ":east",
    "sent_latitude_deg": ":north",
    "sent_datum": "'gcj02'",
    "positions": "1",
    "position_age_s": "0",
    "clock_skew_s": "NULL",
    "mocks": "0",
    "site_codes": "NULL",
    "now": "now()",
}
"""Parameter of the check-in → SQL that pgbench writes."""

WORLD = f"""
INSERT INTO organisation (id, family, kind, name, path, created_at, request_fingerprint, version)
SELECT id, 'unit', 'organ', '单位', replace(id::text, '-', '')::ltree, '2020-01-01', '', 1
FROM (SELECT {_id(ORGANISATION, "n")} AS id FROM generate_series(1, {ORGANISATIONS}) AS n) AS made;
INSERT INTO person (id, name, created_at, request_fingerprint, version)
SELECT {_id(PERSON, "n")}, '某同志', '2020-01-01', '', 1 FROM generate_series(1, {PERSONS}) AS n;
INSERT INTO posting (id, person_id, organisation_id, role, valid_from, request_fingerprint, version)
SELECT {_id(POSTING, "n")}, {_id(PERSON, "n")}, {_id(ORGANISATION, f"1 + n % {ORGANISATIONS}")}, 'cadre',
    '2020-01-01', '', 1 FROM generate_series(1, {PERSONS}) AS n;
INSERT INTO consent (id, person_id, purpose, notice_version, given_at, version)
SELECT {_id(CONSENT, "n")}, {_id(PERSON, "n")}, 'keep_positions', '2026-1', '2020-01-01', 1
FROM generate_series({CONSENTED_EVERY}, {PERSONS}, {CONSENTED_EVERY}) AS n;
INSERT INTO place (id, kind, name, organisation_id, created_at, request_fingerprint, version)
SELECT {_id(PLACE, "n")}, 'community', '社区', {_id(ORGANISATION, f"1 + n % {ORGANISATIONS}")}, '2020-01-01', '',
    1 FROM generate_series(1, {PLACES}) AS n;
INSERT INTO fence (id, place_id, name, kind, radius_m, area, valid_from, request_fingerprint)
SELECT {_id(FENCE, "n")}, {_id(PLACE, "n")}, '围栏', 'circle', 300, ST_SetSRID(ST_MakePoint(
    {WEST_DEG} + n % {PER_ROW} * {STEP_DEG}, {SOUTH_DEG} + n / {PER_ROW} * {STEP_DEG}), 4326)::geography,
    '2020-01-01', '' FROM generate_series(1, {PLACES}) AS n;
INSERT INTO fence (id, place_id, name, kind, area, valid_from, request_fingerprint)
SELECT {_id(FENCE, f"n + {PLACES}")}, {_id(PLACE, "n")}, '围栏', 'polygon', ST_Buffer(area, 250, 'quad_segs=4'),
    '2020-01-01', ''
FROM generate_series({POLYGON_EVERY}, {PLACES}, {POLYGON_EVERY}) AS n
JOIN fence ON fence.place_id = {_id(PLACE, "n")};
"""  # noqa: S608 - made of the constants above

VISITS = f"""
INSERT INTO visit (id, person_id, organisation_id, place_id, state, checked_in_at, checked_out_at, presence,
    presence_reasons, people_met, recorded_at, request_fingerprint, version)
SELECT ((100000000000 + n) || '70008000000000000000')::uuid, {_id(PERSON, f"1 + mod(n, {PERSONS})")},
    {_id(ORGANISATION, f"1 + mod(1 + mod(n, {PERSONS}), {ORGANISATIONS})")},
    {_id(PLACE, f"1 + mod(n * 7919, {PLACES})")}, 'ended', at, at + interval '1 hour', 'verified', '{{}}', 3, at,
    decode(repeat('ab', 32), 'hex'), 2
FROM (
    SELECT n, timestamptz '2016-01-01' + make_interval(secs => n * 30) AS at
    FROM generate_series(%(first)s::bigint, %(last)s) AS n
) AS made
"""  # noqa: S608 - as above


def world(database: Database) -> None:
    """Insert all rows except visits."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(WORLD.encode())


def visits(database: Database, first: int, last: int) -> None:
    """Insert the visits with these numbers, without checking constraints; refresh the statistics."""
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(VISITS.encode(), {"first": first, "last": last})
    database.vacuum()
