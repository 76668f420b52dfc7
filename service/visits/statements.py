"""The hot statement of visits: judge, insert, keep the position if consented, record the event. One round trip.

Set-based: the single PUT sends arrays of one, a batch arrays of many (PERF 'What we decided' 3). Rows whose
place, posting or organisation does not fit fall out in the joins, so that one bad row never fails a batch.
The same id twice makes one visit and one event: `asked` is deduplicated before anything is written.
The consent is locked FOR SHARE: either its withdrawal waits for this statement, and what follows it finds the
position; or this statement waits for the withdrawal, and keeps none.
"""

from schemas.events import EventName
from service.events.digest import digest_sql
from service.visits.rules import Measure, presence_sql, reasons_sql
from service.visits.tables import Visit

COLUMNS = (
    "id, person_id, organisation_id, place_id, state, checked_in_at, checked_out_at, presence, presence_reasons,"
    " ended_by, purpose, people_met, heard, done, stay, recorded_at, version, sameness"
)

# names and thresholds come from our own tables of rules and columns; every value is bound
CHECK_IN = f"""
WITH asked AS (
    SELECT DISTINCT ON (a.id) a.*, ST_SetSRID(ST_MakePoint(a.longitude_deg, a.latitude_deg), 4326)::geography AS point
    FROM unnest(
        %(ids)s::uuid[], %(event_ids)s::uuid[], %(place_ids)s::uuid[], %(organisation_ids)s::uuid[],
        %(checked_in_at)s::timestamptz[], %(samenesses)s::bytea[],
        %(longitude_deg)s::float8[], %(latitude_deg)s::float8[], %(accuracy_m)s::float8[],
        %(captured_at)s::timestamptz[], %(mocks)s::int[], %(site_codes)s::int[],
        %(sent_longitude_deg)s::float8[], %(sent_latitude_deg)s::float8[], %(sent_datum)s::text[]
    ) WITH ORDINALITY AS a (
        id, event_id, place_id, organisation_id, checked_in_at, sameness, longitude_deg, latitude_deg, accuracy_m,
        captured_at, mocks, site_codes, sent_longitude_deg, sent_latitude_deg, sent_datum, line
    )
    ORDER BY a.id, a.line
), measured AS (
    SELECT asked.*, posting.organisation_id AS visitor_organisation_id,
        (asked.point IS NOT NULL)::int AS {Measure.POSITIONS},
        fence.number AS {Measure.FENCES},
        fence.distance_m - asked.accuracy_m AS {Measure.GAP_M},
        CASE WHEN fence.distance_m <= asked.accuracy_m THEN fence.distance_m + asked.accuracy_m END
            AS {Measure.OVERLAP_M},
        abs(extract(epoch FROM asked.captured_at - asked.checked_in_at)) AS {Measure.POSITION_AGE_S},
        %(clock_skew_s)s::float8 AS {Measure.CLOCK_SKEW_S}
    FROM asked
    JOIN place ON place.id = asked.place_id
    JOIN LATERAL (
        SELECT held.organisation_id FROM posting AS held
        WHERE held.person_id = %(person_id)s AND held.role = ANY (%(roles)s)
            AND held.valid_from <= %(now)s AND (held.valid_until IS NULL OR held.valid_until > %(now)s)
            AND (asked.organisation_id IS NULL OR held.organisation_id = asked.organisation_id)
        ORDER BY held.valid_from, held.id LIMIT 1
    ) AS posting ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, min(
            CASE WHEN f.kind = 'circle' THEN ST_Distance(f.area, asked.point) - f.radius_m
                WHEN ST_Covers(f.area, asked.point)
                    THEN -ST_Distance(ST_Boundary(f.area::geometry)::geography, asked.point)
                ELSE ST_Distance(f.area, asked.point) END
        ) AS distance_m
        FROM fence AS f WHERE f.place_id = place.id AND f.valid_until IS NULL
    ) AS fence
), new AS (
    INSERT INTO visit (id, person_id, organisation_id, place_id, state, checked_in_at, presence, presence_reasons,
        sameness)
    SELECT id, %(person_id)s, visitor_organisation_id, place_id, 'open', checked_in_at, {presence_sql()},
        {reasons_sql()}, sameness
    FROM measured ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING *
), consented AS MATERIALIZED (
    SELECT person_id FROM consent
    WHERE person_id = %(person_id)s AND purpose = 'keep_positions' AND withdrawn_at IS NULL
    FOR SHARE
), kept AS (
    INSERT INTO visit_position (visit_id, person_id, position, accuracy_m, sent_longitude_deg, sent_latitude_deg,
        sent_datum, captured_at)
    SELECT new.id, person_id, asked.point, asked.accuracy_m, asked.sent_longitude_deg, asked.sent_latitude_deg,
        asked.sent_datum, asked.captured_at
    FROM new JOIN asked USING (id) JOIN consented USING (person_id)
    WHERE asked.point IS NOT NULL
), told AS (
    INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest)
    SELECT asked.event_id, '{EventName.VISIT_CHECKED_IN}', new.id, ARRAY[new.organisation_id], ARRAY[new.person_id],
        new.person_id, new.checked_in_at,
        jsonb_build_object('place_id', new.place_id, 'person_id', new.person_id), {digest_sql(Visit, "new")}
    FROM new JOIN asked USING (id)
)
SELECT {COLUMNS}, true AS is_new FROM new
UNION ALL
SELECT {COLUMNS}, false FROM visit WHERE id = ANY (%(ids)s) AND person_id = %(person_id)s
    AND NOT EXISTS (SELECT FROM new WHERE new.id = visit.id)
"""  # noqa: S608 - see above

# What stood in the way of a check-in that yielded no row: asked only then.
WHY_NOT = f"""
SELECT
    (
        SELECT to_jsonb(v) FROM (SELECT {COLUMNS} FROM visit WHERE id = %(id)s AND person_id = %(person_id)s) AS v
    ) AS mine,
    EXISTS (SELECT FROM visit WHERE id = %(id)s) AS is_taken,
    EXISTS (SELECT FROM place WHERE id = %(place_id)s) AS has_place,
    EXISTS (
        SELECT FROM posting WHERE person_id = %(person_id)s
            AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
            AND (%(organisation_id)s::uuid IS NULL OR organisation_id = %(organisation_id)s)
    ) AS has_posting
"""  # noqa: S608 - as above
