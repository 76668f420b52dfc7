"""Proposing a fence for a place without one, from check-ins that agree (nobody publishes village coordinates).

Only positions that persons consented to keep are looked at. Each person weighs the same, however often he or she was
there, and the middle is told to some fifty metres, so it is nobody's position. The organisation responsible for the
place decides (`service/ground/places/proposals.py`); what positions no longer support is taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import PresenceReason
from service.ground.places import proposals

PLACES_AT_ONCE = 100
PERSONS, DAYS = 5, 3
"""At least so many, so that it is a place's middle and no person's position."""
ACCURATE_M = 100
NEAR_M = 250
NEAR_SHARE = 0.8
"""They agree when so many of the days of persons lie so near to their middle."""
GRID_DEG = 0.0005
"""The middle is told no finer: some fifty metres."""
STEP_M, MOST_RADIUS_M = 50, 500
"""The radius goes up to the next step."""
LOOKED_BACK = timedelta(days=90)
"""As long as positions are kept at the most (DESIGN §2.8); a refusal holds as long."""

NEXT_PLACES = sa.text(
    "SELECT place.id FROM place WHERE place.id > :after"
    " AND NOT EXISTS (SELECT FROM fence WHERE fence.place_id = place.id AND fence.valid_until IS NULL)"
    " AND NOT EXISTS (SELECT FROM fence_proposal AS told WHERE told.place_id = place.id"
    " AND (told.state = 'proposed' OR told.decided_at > :since))"
    " ORDER BY place.id LIMIT :at_most"
).bindparams(sa.bindparam("after", type_=sa.Uuid()))

OPEN = sa.text(
    "SELECT id, place_id FROM fence_proposal WHERE id > :after AND state = 'proposed' ORDER BY id LIMIT :at_most"
).bindparams(sa.bindparam("after", type_=sa.Uuid()))

AGREED = sa.text(
    """
    WITH kept AS (
        SELECT visit.place_id, visit.person_id, (visit.checked_in_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
            avg(ST_X(visit_position.position::geometry)) AS longitude_deg,
            avg(ST_Y(visit_position.position::geometry)) AS latitude_deg,
            avg(visit_position.accuracy_m) AS accuracy_m, count(*) AS check_ins
        FROM visit JOIN visit_position ON visit_position.visit_id = visit.id
        WHERE visit.place_id = ANY(:place_ids) AND visit.checked_in_at > :since
            AND visit_position.accuracy_m <= :accurate_m AND NOT visit.presence_reasons && :unsure
        GROUP BY visit.place_id, visit.person_id, day
    ), enough AS (
        SELECT place_id, sum(check_ins) AS check_ins, count(DISTINCT person_id) AS persons,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY accuracy_m) AS accuracy_m
        FROM kept GROUP BY place_id
        HAVING count(DISTINCT person_id) >= :persons AND count(DISTINCT day) >= :days
    ), of_a_person AS (
        SELECT place_id, avg(longitude_deg) AS longitude_deg, avg(latitude_deg) AS latitude_deg
        FROM kept GROUP BY place_id, person_id
    ), middles AS (
        SELECT place_id, ST_SnapToGrid(
            ST_SetSRID(ST_MakePoint(avg(longitude_deg), avg(latitude_deg)), 4326), :grid_deg)::geography AS middle
        FROM of_a_person GROUP BY place_id
    ), spread AS (
        SELECT place_id, percentile_cont(:near_share) WITHIN GROUP (ORDER BY ST_Distance(
            ST_SetSRID(ST_MakePoint(longitude_deg, latitude_deg), 4326)::geography, middle)) AS within_m
        FROM kept JOIN middles USING (place_id) GROUP BY place_id
    )
    SELECT place_id, place.organisation_id, ST_AsText(middle, 6) AS centroid, check_ins, persons,
        least(:most_radius_m, ceil((within_m + accuracy_m) / :step_m) * :step_m) AS radius_m
    FROM enough JOIN middles USING (place_id) JOIN spread USING (place_id) JOIN place ON place.id = place_id
    WHERE within_m <= :near_m ORDER BY place_id
    """
).bindparams(sa.bindparam("place_ids", type_=sa.ARRAY(sa.Uuid())), sa.bindparam("unsure", type_=sa.ARRAY(sa.Text())))


async def propose(session: AsyncSession, after: UUID, now: datetime) -> UUID | None:
    """Look at the next places without a fence; the last of them, None when there are no more."""
    connection = await session.connection()
    request = {"after": after, "since": now - LOOKED_BACK, "at_most": PLACES_AT_ONCE}
    place_ids = list((await connection.execute(NEXT_PLACES, request)).scalars())
    for agreed in await _agreed(session, place_ids, now):
        await proposals.create_proposal(session, agreed, now)
    return place_ids[-1] if place_ids else None


async def take_back(session: AsyncSession, after: UUID, now: datetime) -> UUID | None:
    """Look at the next open proposals and remove those that kept positions no longer support, because a consent ended
    or their days are over; the last of them, None when there are no more.
    """
    connection = await session.connection()
    rows = (await connection.execute(OPEN, {"after": after, "at_most": PLACES_AT_ONCE})).all()
    supported = {agreed.place_id for agreed in await _agreed(session, [row.place_id for row in rows], now)}
    for row in rows:
        if row.place_id not in supported:
            await proposals.withdraw_proposal(session, row.id, now)
    return rows[-1].id if rows else None


async def _agreed(session: AsyncSession, place_ids: Sequence[UUID], now: datetime) -> Sequence[Any]:
    """What check-ins at these places agree on, as `proposals.create_proposal` takes it."""
    values = {
        "place_ids": list(place_ids),
        "since": now - LOOKED_BACK,
        "accurate_m": ACCURATE_M,
        "unsure": [PresenceReason.POSITION_MOCKED.value, PresenceReason.POSITION_STALE.value],
        "persons": PERSONS,
        "days": DAYS,
        "near_share": NEAR_SHARE,
        "near_m": NEAR_M,
        "grid_deg": GRID_DEG,
        "step_m": STEP_M,
        "most_radius_m": MOST_RADIUS_M,
    }
    return (await (await session.connection()).execute(AGREED, values)).all() if place_ids else []
