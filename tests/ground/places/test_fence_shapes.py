"""Shapes of fences: circles and simple polygons in any datum; other shapes are refused."""

from itertools import pairwise
from typing import Any

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.geo import Datum
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id
from service.ground.places.tables import Fence
from tests import build
from tests.build.county import County
from tests.build.rows import XUANWU
from tests.conftest import Caller

EAST, NORTH = XUANWU
SQUARE = [(EAST, NORTH), (EAST + 0.01, NORTH), (EAST + 0.01, NORTH + 0.01), (EAST, NORTH + 0.01), (EAST, NORTH)]


@pytest.fixture
async def place(session: AsyncSession, county: County) -> str:
    row = await build.a_place(session, county.community)
    await session.commit()
    return f"/v1/places/{row.id}"


def polygon_body(ring: list[tuple[float, float]], datum: str = "wgs84") -> dict[str, Any]:
    return {"name": "围栏", "shape": {"kind": "polygon", "ring": ring, "datum": datum}}


def circle_body(**changes: Any) -> dict[str, Any]:
    centre = {"longitude_deg": EAST, "latitude_deg": NORTH, "datum": "wgs84"}
    return {"name": "围栏", "shape": {"kind": "circle", "centre": centre, "radius_m": 200} | changes}


async def put_fence(caller: Caller, place: str, body: dict[str, Any]) -> Response:
    return await caller.put(f"{place}/fences/{new_id()}", json=body)


def box_ring(width_deg: float, height_deg: float, corners: int = 5) -> list[tuple[float, float]]:
    """Return a closed ring of `corners` points: a box in Nanjing with the extra points on its south side."""
    south = [(EAST + width_deg * step / (corners - 4), NORTH) for step in range(corners - 3)]
    return [*south, (EAST + width_deg, NORTH + height_deg), (EAST, NORTH + height_deg), (EAST, NORTH)]


POLE = [(0.0, 86.0), (10.0, 86.0), (10.0, 89.0), (0.0, 86.0)]
ANTIMERIDIAN = [(179.99, 60.0), (-179.99, 60.0), (-179.99, 60.01), (179.99, 60.01), (179.99, 60.0)]
BOW_TIE = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
REFUSED = {
    "self-crossing": (polygon_body(BOW_TIE), "fence.area_unusable"),
    "not closed": (polygon_body(SQUARE[:-1]), "fence.area_unusable"),
    "without area": (polygon_body([SQUARE[0]] * 4), "fence.area_unusable"),
    "a line": (polygon_body([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]]), "fence.area_unusable"),
    "at the pole": (polygon_body(POLE), "fence.area_unusable"),
    "a circle at the pole": (
        circle_body(centre={"longitude_deg": EAST, "latitude_deg": 85.1, "datum": "wgs84"}),
        "fence.area_unusable",
    ),
    "across the antimeridian": (polygon_body(ANTIMERIDIAN), "fence.area_unusable"),
    "too large": (polygon_body(box_ring(0.8, 0.8)), "fence.area_too_large"),
    "axes swapped": (polygon_body([(north, east) for east, north in SQUARE]), "request.invalid"),
    "in Paris as GCJ-02": (
        polygon_body([(2.0, 48.0), (2.1, 48.0), (2.1, 48.1), (2.0, 48.0)], "gcj02"),
        "position.outside_datum",
    ),
    "1001 corners": (polygon_body(box_ring(0.01, 0.01, 1001)), "request.invalid"),
    "three corners": (polygon_body(SQUARE[:2] + SQUARE[:1]), "request.invalid"),
    "no datum": ({"name": "x", "shape": {"kind": "polygon", "ring": SQUARE}}, "request.invalid"),
    "radius 0": (circle_body(radius_m=0), "request.invalid"),
    "radius negative": (circle_body(radius_m=-5), "request.invalid"),
    "radius of a county": (circle_body(radius_m=20_001), "request.invalid"),
    "a star": ({"name": "x", "shape": {"kind": "star"}}, "request.invalid"),
}


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_fence_with_invalid_shape_is_refused(
    api: Caller, county: County, place: str, session: AsyncSession, body: dict[str, Any], code: str
) -> None:
    answer = await put_fence(api.as_(county.secretary), place, body)

    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert await build.count(session, Fence, place_id=place[-36:]) == 0


async def test_fence_polygon_of_100000_points_is_too_large_a_request(
    api: Caller, county: County, place: str, session: AsyncSession
) -> None:
    answer = await put_fence(api.as_(county.secretary), place, polygon_body(box_ring(0.01, 0.01, 100_000)))

    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large"), answer.text
    assert await build.count(session, Fence, place_id=place[-36:]) == 0


@pytest.mark.parametrize("corners", [5, 1000])
async def test_fence_polygon_of_up_to_1000_points_is_stored(
    api: Caller, county: County, place: str, corners: int
) -> None:
    answer = await put_fence(api.as_(county.secretary), place, polygon_body(box_ring(0.01, 0.01, corners)))

    assert answer.status_code == 201
    assert len(answer.json()["fences"][0]["area"]["coordinates"][0]) == corners


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
async def test_fence_polygon_of_any_datum_is_stored_in_wgs84(
    api: Caller, county: County, place: str, datum: Datum
) -> None:
    ring = [from_wgs84(east, north, datum) for east, north in SQUARE]

    answer = await put_fence(api.as_(county.secretary), place, polygon_body(ring, datum.value))

    (fence,) = answer.json()["fences"]
    assert (fence["kind"], fence["area"]["type"], fence["radius_m"]) == ("polygon", "Polygon", None)
    for point, expected in zip(fence["area"]["coordinates"][0], SQUARE, strict=True):
        assert point == pytest.approx(expected, abs=2e-9)


async def test_fence_polygon_across_antimeridian_is_refused_with_reason(
    api: Caller, county: County, place: str
) -> None:
    answer = await put_fence(api.as_(county.secretary), place, polygon_body(ANTIMERIDIAN))

    assert "180°" in answer.json()["facts"]["reason"]


async def test_fence_polygon_entered_clockwise_is_returned_counterclockwise(
    api: Caller, county: County, place: str
) -> None:
    """RFC 7946 §3.1.6: exterior rings are counterclockwise."""
    answer = await put_fence(api.as_(county.secretary), place, polygon_body(SQUARE[::-1]))

    (ring,) = answer.json()["fences"][0]["area"]["coordinates"]
    doubled_area = sum(x * later_y - later_x * y for (x, y), (later_x, later_y) in pairwise(ring))
    assert doubled_area > 0


async def test_fence_circle_is_stored_as_centre_and_radius(api: Caller, county: County, place: str) -> None:
    answer = await put_fence(api.as_(county.secretary), place, circle_body(radius_m=150.5))

    (fence,) = answer.json()["fences"]
    assert (fence["kind"], fence["radius_m"]) == ("circle", 150.5)
    assert fence["area"] == {"type": "Point", "coordinates": [EAST, NORTH]}
