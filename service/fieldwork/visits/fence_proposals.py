"""Fence proposals: propose a fence for a place without one, computed from check-ins that agree.

There is no public source of village coordinates. Only positions that people consented to store are used. Each person
has the same weight, however often he or she checked in. The centroid is rounded to about 50 m, so it is no person's
position. The organisation responsible for the place decides (`service/ground/places/proposals.py`). A proposal that
positions no longer support is withdrawn.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import PresenceReason
from service.ground.places import proposals

BATCH_SIZE = 100
MIN_PERSONS, MIN_DAYS = 5, 3
"""With fewer persons or days the centroid could be the position of one person."""
MAX_ACCURACY_M = 100
NEAR_M = 250
NEAR_SHARE = 0.8
"""Check-ins agree if this share of the person-days is at most `NEAR_M` metres from the centroid."""
GRID_DEG = 0.0005
"""Degrees to which the centroid is rounded: about 50 m."""
RADIUS_STEP_M, MAX_RADIUS_M = 50, 500
"""The radius is rounded up to the next step."""
LOOK_BACK = timedelta(days=90)
"""Positions are stored for at most 90 days (DESIGN §2.8).

A refused proposal is not repeated for the same time.
"""

NEXT_PLACES = sa.text(
    "SELECT place.id FROM place WHERE place.id > :after"
    " AND NOT EXISTS (SELECT FROM fence WHERE fence.place_id = place.id AND fence.valid_until IS NULL)"
    " AND NOT EXISTS (SELECT FROM fence_proposal AS proposal WHERE proposal.place_id = place.id"
    " AND (proposal.state = 'proposed' OR proposal.decided_at > :since))"
    " ORDER BY place.id LIMIT :at_most"
).bindparams(sa.bindparam("after", type_=sa.Uuid()))

OPEN_PROPOSALS = sa.text(
    "SELECT id, place_id FROM fence_proposal WHERE id > :after AND state = 'proposed' ORDER BY id LIMIT :at_most"
).bindparams(sa.bindparam("after", type_=sa.Uuid()))

AGREED_FENCES = sa.text(
    """
    WITH person_day AS (
        SELECT visit.place_id, visit.person_id, (visit.checked_in_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
            avg(ST_X(visit_position.position::geometry)) AS longitude_deg,
            avg(ST_Y(visit_position.position::geometry)) AS latitude_deg,
            avg(visit_position.accuracy_m) AS accuracy_m, count(*) AS check_ins
        FROM visit JOIN visit_position ON visit_position.visit_id = visit.id
        WHERE visit.place_id = ANY(:place_ids) AND visit.checked_in_at > :since
            AND visit_position.accuracy_m <= :max_accuracy_m AND NOT visit.presence_reasons && :excluded_reasons
        GROUP BY visit.place_id, visit.person_id, day
    ), place_total AS (
        SELECT place_id, sum(check_ins) AS check_ins, count(DISTINCT person_id) AS persons,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY accuracy_m) AS accuracy_m
        FROM person_day GROUP BY place_id
        HAVING count(DISTINCT person_id) >= :persons AND count(DISTINCT day) >= :days
    ), person_mean AS (
        SELECT place_id, avg(longitude_deg) AS longitude_deg, avg(latitude_deg) AS latitude_deg
        FROM person_day GROUP BY place_id, person_id
    ), centroids AS (
        SELECT place_id, ST_SnapToGrid(
            ST_SetSRID(ST_MakePoint(avg(longitude_deg), avg(latitude_deg)), 4326), :grid_deg)::geography AS centroid
        FROM person_mean GROUP BY place_id
    ), dispersion AS (
        SELECT place_id, percentile_cont(:near_share) WITHIN GROUP (ORDER BY ST_Distance(
            ST_SetSRID(ST_MakePoint(longitude_deg, latitude_deg), 4326)::geography, centroid)) AS within_m
        FROM person_day JOIN centroids USING (place_id) GROUP BY place_id
    )
    SELECT place_id, place.organisation_id, ST_AsText(centroid, 6) AS centroid, check_ins, persons,
        least(:max_radius_m, ceil((within_m + accuracy_m) / :step_m) * :step_m) AS radius_m
    FROM place_total JOIN centroids USING (place_id) JOIN dispersion USING (place_id) JOIN place ON place.id = place_id
    WHERE within_m <= :near_m ORDER BY place_id
    """
).bindparams(
    sa.bindparam("place_ids", type_=sa.ARRAY(sa.Uuid())), sa.bindparam("excluded_reasons", type_=sa.ARRAY(sa.Text()))
)


async def propose(session: AsyncSession, after: UUID, now: datetime) -> UUID | None:
    """Propose fences for the next places without one.

    Returns the last place id, None if there are no more places.
    """
    connection = await session.connection()
    values = {"after": after, "since": now - LOOK_BACK, "at_most": BATCH_SIZE}
    place_ids = list((await connection.execute(NEXT_PLACES, values)).scalars())
    for fence in await _agreed_fences(session, place_ids, now):
        await proposals.create_proposal(session, fence, now)
    return place_ids[-1] if place_ids else None


async def withdraw(session: AsyncSession, after: UUID, now: datetime) -> UUID | None:
    """Withdraw the next open proposals that stored positions no longer support.

    Positions are deleted when a consent ends or after 90 days. Returns the last proposal id, None if there are no
    more proposals.
    """
    connection = await session.connection()
    rows = (await connection.execute(OPEN_PROPOSALS, {"after": after, "at_most": BATCH_SIZE})).all()
    fences = await _agreed_fences(session, [row.place_id for row in rows], now)
    supported_ids = {fence.place_id for fence in fences}
    for row in rows:
        if row.place_id not in supported_ids:
            await proposals.withdraw_proposal(session, row.id, now)
    return rows[-1].id if rows else None


async def _agreed_fences(session: AsyncSession, place_ids: Sequence[UUID], now: datetime) -> Sequence[Any]:
    """Compute the fences on which check-ins at these places agree: rows for `proposals.create_proposal`."""
    values = {
        "place_ids": list(place_ids),
        "since": now - LOOK_BACK,
        "max_accuracy_m": MAX_ACCURACY_M,
        "excluded_reasons": [PresenceReason.POSITION_MOCKED.value, PresenceReason.POSITION_STALE.value],
        "persons": MIN_PERSONS,
        "days": MIN_DAYS,
        "near_share": NEAR_SHARE,
        "near_m": NEAR_M,
        "grid_deg": GRID_DEG,
        "step_m": RADIUS_STEP_M,
        "max_radius_m": MAX_RADIUS_M,
    }
    return (await (await session.connection()).execute(AGREED_FENCES, values)).all() if place_ids else []
