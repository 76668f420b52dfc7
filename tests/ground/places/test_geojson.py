"""Places as GeoJSON, read with GDAL."""

from typing import Any

import pyogrio
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from tests import build
from tests.build.county import County, somebody
from tests.build.rows import XUANWU
from tests.conftest import Caller

GEOJSON = {"accept": "application/geo+json"}


def read_geojson(content: bytes) -> tuple[dict[str, list[Any]], list[bytes | None]]:
    """Read GeoJSON with GDAL: the values of each column, and the geometries as WKB."""
    meta, _, geometries, columns = pyogrio.raw.read(content)
    assert (meta["crs"], meta["encoding"]) == ("EPSG:4326", "UTF-8")
    return {name: list(column) for name, column in zip(meta["fields"], columns, strict=True)}, list(geometries)


async def test_place_list_as_geojson_has_points_and_chinese_names(
    api: Caller, county: County, session: AsyncSession
) -> None:
    fenced = await build.a_place(session, county.community, name="梅园新村")
    await build.a_circle(session, fenced)
    await build.a_place(session, county.community, name="没有围栏的村")
    await session.commit()

    answer = await api.as_(county.cadre).get(
        "/v1/places", params={"organisation_id": str(county.community.id)}, headers=GEOJSON
    )

    assert answer.headers["content-type"] == "application/geo+json"
    columns, geometries = read_geojson(answer.content)
    assert columns["name"] == ["没有围栏的村", "梅园新村"]
    assert [geometry is None for geometry in geometries] == [True, False]
    feature = answer.json()["features"][1]
    assert feature["geometry"] == {"type": "Point", "coordinates": [pytest.approx(degrees) for degrees in XUANWU]}


async def test_place_as_geojson_has_one_feature_for_each_fence(
    api: Caller, county: County, session: AsyncSession
) -> None:
    place = await build.a_place(session, county.community)
    await build.a_circle(session, place, radius_m=150)
    await session.commit()

    answer = await api.as_(county.cadre).get(f"/v1/places/{place.id}", headers=GEOJSON)

    columns, geometries = read_geojson(answer.content)
    assert (columns["radius_m"], columns["kind"]) == ([150], ["circle"])
    assert geometries[0] is not None


async def test_coverage_as_geojson_has_points_of_unvisited_places(
    api: Caller, county: County, session: AsyncSession
) -> None:
    place = await build.a_place(session, county.community, name="久未走访的村")
    await build.a_circle(session, place)
    officer = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county.community)
    await session.commit()

    answer = await api.as_(officer).get("/v1/coverage/places", headers=GEOJSON)

    columns, geometries = read_geojson(answer.content)
    assert (columns["name"], columns["last_visited_on"]) == (["久未走访的村"], [None])
    assert geometries[0] is not None


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "application/geo+jsonx"])
async def test_place_list_with_other_accept_header_is_json(api: Caller, county: County, accept: str) -> None:
    answer = await api.as_(county.cadre).get("/v1/places", headers={"accept": accept})

    assert answer.headers["content-type"] == "application/json"
    assert "items" in answer.json()
