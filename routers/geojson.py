"""GeoJSON responses (RFC 7946) for areas and lists of places, with `Accept: application/geo+json`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from schemas.fieldwork.coverage import PlaceWithoutContact
from schemas.ground.places import PlaceOut

MEDIA_TYPE = "application/geo+json"
Feature = tuple[str, dict[str, Any] | None, dict[str, Any]]
"""Id, geometry in WGS 84 (None without a position), properties."""
GEOJSON_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON; as GeoJSON for `Accept: application/geo+json`.",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "title": "FeatureCollection",
                    "required": ["type", "features", "next_cursor"],
                    "properties": {
                        "type": {"const": "FeatureCollection"},
                        "features": {"type": "array", "items": {"type": "object"}},
                        "next_cursor": {"type": ["string", "null"]},
                    },
                }
            }
        },
    }
}


async def _accepts_geojson(request: Request) -> bool:
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return MEDIA_TYPE in kinds


AsGeoJson = Annotated[bool, Depends(_accepts_geojson)]


def place_features(
    rows: Iterable[PlaceOut | PlaceWithoutContact], points: Mapping[UUID, dict[str, Any]]
) -> Iterator[Feature]:
    """Convert each row to a feature with its point; without a point the geometry is None."""
    return ((str(row.id), points.get(row.id), row.model_dump(mode="json")) for row in rows)


class GeoJson(JSONResponse):
    """A FeatureCollection. `next_cursor` is a foreign member, as RFC 7946 §6.1 allows."""

    media_type = MEDIA_TYPE

    def __init__(self, features: Iterable[Feature], next_cursor: str | None = None) -> None:
        feature_list = [
            {"type": "Feature", "id": identifier, "geometry": geometry, "properties": properties}
            for identifier, geometry, properties in features
        ]
        super().__init__({"type": "FeatureCollection", "features": feature_list, "next_cursor": next_cursor})
