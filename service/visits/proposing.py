"""Proposing a fence for a place without one, from check-ins that agree (nobody publishes village coordinates).

Only positions that persons consented to keep are looked at; what comes out is a middle and a radius, of several
persons on several days. The organisation responsible for the place decides (`service/places/proposals.py`).
"""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.visits import PresenceReason
from service.places import proposals

PLACES_AT_ONCE = 100
CHECK_INS, PERSONS, DAYS = 5, 3, 3
"""At least so many, so that it is a place's middle and no person's position."""
ACCURATE_M = 100
NEAR_M = 250
NEAR_SHARE = 0.8
"""They agree when so many of them lie so near to their middle."""
LEAST_RADIUS_M, MOST_RADIUS_M = 50, 500
LOOKED_BACK = timedelta(days=90)
"""As long as positions are kept at the most (DESIGN §2.8); a refusal holds as long."""

NEXT_PLACES = sa.text(
    "SELECT place.id FROM place WHERE place.id > :after"
    " AND NOT EXISTS (SELECT FROM fence WHERE fence.place_id = place.id AND fence.valid_until IS NULL)"
    " AND NOT EXISTS (SELECT FROM fence_proposal AS told WHERE told.place_id = place.id"
    " AND (told.state = 'proposed' OR told.decided_at > :since))"
    " ORDER BY place.id LIMIT :at_most"
).bindparams(sa.bindparam("after", type_=sa.Uuid()))

AGREED = sa.text(
    """
    WITH kept AS (
        SELECT visit.place_id, visit.person_id, (visit.checked_in_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
            visit_position.position, visit_position.accuracy_m
        FROM visit JOIN visit_position ON visit_position.visit_id = visit.id
        WHERE visit.place_id = ANY(:place_ids) AND visit.checked_in_at > :since
            AND visit_position.accuracy_m <= :accurate_m AND NOT visit.presence_reasons && :unsure
    ), middles AS (
        SELECT place_id, ST_GeometricMedian(ST_Collect(position::geometry))::geography AS middle,
            count(*) AS check_ins, count(DISTINCT person_id) AS persons,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY accuracy_m) AS accuracy_m
        FROM kept GROUP BY place_id
        HAVING count(*) >= :check_ins AND count(DISTINCT person_id) >= :persons AND count(DISTINCT day) >= :days
    ), spread AS (
        SELECT place_id, percentile_cont(:near_share) WITHIN GROUP (ORDER BY ST_Distance(position, middle)) AS within_m
        FROM kept JOIN middles USING (place_id) GROUP BY place_id
    )
    SELECT place_id, place.organisation_id, ST_AsText(middle, 6) AS middle, check_ins, persons,
        least(:most_radius_m, greatest(:least_radius_m, ceil((within_m + accuracy_m) / 10) * 10)) AS radius_m
    FROM middles JOIN spread USING (place_id) JOIN place ON place.id = place_id
    WHERE within_m <= :near_m ORDER BY place_id
    """
).bindparams(sa.bindparam("place_ids", type_=sa.ARRAY(sa.Uuid())), sa.bindparam("unsure", type_=sa.ARRAY(sa.Text())))


async def propose(session: AsyncSession, after: UUID, now: datetime) -> UUID | None:
    """Look at the next places without a fence; the last of them, None when there are no more."""
    connection = await session.connection()
    since = now - LOOKED_BACK
    asked = {"after": after, "since": since, "at_most": PLACES_AT_ONCE}
    place_ids = list((await connection.execute(NEXT_PLACES, asked)).scalars())
    if not place_ids:
        return None
    values = {
        "place_ids": place_ids,
        "since": since,
        "accurate_m": ACCURATE_M,
        "unsure": [PresenceReason.POSITION_MOCKED.value, PresenceReason.POSITION_STALE.value],
        "check_ins": CHECK_INS,
        "persons": PERSONS,
        "days": DAYS,
        "near_share": NEAR_SHARE,
        "near_m": NEAR_M,
        "least_radius_m": LEAST_RADIUS_M,
        "most_radius_m": MOST_RADIUS_M,
    }
    for agreed in (await connection.execute(AGREED, values)).all():
        await proposals.make(session, agreed, now)
    last: UUID = place_ids[-1]
    return last
