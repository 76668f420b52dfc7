"""Check-in with a GCJ-02 position given in metres east and north of the centre of the place."""

from datetime import datetime
from typing import Any

from schemas.foundation.geo import Datum
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id
from tests.build.rows import XUANWU
from tests.fieldwork.visits.conftest import World

NORTH_DEG_PER_M, EAST_DEG_PER_M = 1 / 110_880, 1 / 94_480
"""At 32° north."""


async def check_in_from(
    world: World, at: datetime, metres: tuple[float, float], accuracy_m: float, captured_at: datetime | None = None
) -> dict[str, Any]:
    """Check in and return the visit. `captured_at` is the check-in time by default."""
    east_m, north_m = metres
    longitude_deg, latitude_deg = from_wgs84(
        XUANWU[0] + east_m * EAST_DEG_PER_M, XUANWU[1] + north_m * NORTH_DEG_PER_M, Datum.GCJ02
    )
    position = {
        "longitude_deg": longitude_deg,
        "latitude_deg": latitude_deg,
        "accuracy_m": accuracy_m,
        "datum": "gcj02",
        "captured_at": (captured_at or at).isoformat(),
    }
    body = {"place_id": str(world.place.id), "checked_in_at": at.isoformat(), "position": position}
    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)
    assert answer.status_code == 201, answer.text
    visit: dict[str, Any] = answer.json()
    return visit
