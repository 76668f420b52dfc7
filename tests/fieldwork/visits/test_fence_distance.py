"""Places with several fences, circles and polygons: the presence depends on the nearest one in force."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import FenceKind
from service.foundation.ids import new_id
from service.ground.places.tables import Fence, Place
from tests import build
from tests.build.rows import LONG_AGO, XUANWU
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World

EAST_DEG_PER_M, NORTH_DEG_PER_M = 1 / 94_480, 1 / 110_880


def _degrees(east_m: float, north_m: float) -> tuple[float, float]:
    return XUANWU[0] + east_m * EAST_DEG_PER_M, XUANWU[1] + north_m * NORTH_DEG_PER_M


async def _add_polygon(
    session: AsyncSession, place: Place, *corners: tuple[float, float], is_retired: bool = False
) -> None:
    """Add a polygon with these corners, in metres east and north of the centre."""
    ring = ", ".join(f"{x:.9f} {y:.9f}" for x, y in (_degrees(*corner) for corner in (*corners, corners[0])))
    session.add(
        Fence(
            id=new_id(),
            place_id=place.id,
            name="围栏",
            kind=FenceKind.POLYGON,
            area=f"SRID=4326;POLYGON(({ring}))",
            valid_from=LONG_AGO,
            valid_until=LONG_AGO + timedelta(days=1) if is_retired else None,
            request_fingerprint=b"",
        )
    )
    await session.flush()


@pytest.fixture
async def yard(world: World, session: AsyncSession) -> Place:
    """A place with an L of 400 m by 400 m, 100 m wide, and a circle 2 km to the west."""
    place = await build.a_place(session, world.community, name="带院子的社区")
    await _add_polygon(session, place, (0, 0), (400, 0), (400, 100), (100, 100), (100, 400), (0, 400))
    await build.a_circle(session, place, _degrees(-2_000, 0), 100)
    await _add_polygon(session, place, (800, 800), (900, 800), (900, 900), (800, 900), is_retired=True)
    await session.commit()
    return place


@pytest.mark.parametrize(
    ("at_m", "accuracy_m", "presence", "reasons"),
    [
        ((50, 50), 40, "verified", []),
        ((300, 50), 40, "verified", []),
        ((300, 50), 60, "unverified", ["fence_edge"]),
        ((300, 130), 50, "unverified", ["fence_edge"]),
        ((200, 200), 80, "doubtful", ["outside_fence"]),
        ((200, 200), 120, "unverified", ["fence_edge"]),
        ((-2_000, 0), 90, "verified", []),
        ((-2_090, 0), 20, "unverified", ["fence_edge"]),
        ((-1_000, 0), 50, "doubtful", ["outside_fence"]),
        ((850, 850), 10, "doubtful", ["outside_fence"]),
    ],
)
async def test_presence_is_judged_by_the_nearest_fence_in_force(
    world: World,
    yard: Place,
    clock: FakeClock,
    at_m: tuple[float, float],
    accuracy_m: float,
    presence: str,
    reasons: list[str],
) -> None:
    longitude_deg, latitude_deg = _degrees(*at_m)
    at = clock().isoformat()
    position = {"longitude_deg": longitude_deg, "latitude_deg": latitude_deg, "accuracy_m": accuracy_m}
    body = {"place_id": str(yard.id), "checked_in_at": at}

    answer = await world.phone.put(
        f"/v1/visits/{new_id()}", json=body | {"position": position | {"datum": "wgs84", "captured_at": at}}
    )

    assert (answer.json()["presence"], answer.json()["presence_reasons"]) == (presence, reasons)
