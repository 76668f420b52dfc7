"""Areas and lists of places as GeoJSON (RFC 7946), for those who ask for `application/geo+json`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from schemas.fieldwork.coverage import PlaceWithoutContact
from schemas.ground.places import PlaceOut

MEDIA_TYPE = "application/geo+json"
Feature = tuple[str, dict[str, Any] | None, dict[str, Any]]
"""Id, geometry in WGS 84 (null for what is not located), properties."""
ALSO: dict[int | str, dict[str, Any]] = {
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


async def _is_asked_for(request: Request) -> bool:
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return MEDIA_TYPE in kinds


AsGeoJson = Annotated[bool, Depends(_is_asked_for)]


def located(rows: Iterable[PlaceOut | PlaceWithoutContact], points: Mapping[UUID, dict[str, Any]]) -> Iterator[Feature]:
    """Each row as a feature at its point, without a geometry where there is none."""
    return ((str(row.id), points.get(row.id), row.model_dump(mode="json")) for row in rows)


class GeoJson(JSONResponse):
    """A FeatureCollection; the cursor to go on from is a foreign member, as RFC 7946 §6.1 allows."""

    media_type = MEDIA_TYPE

    def __init__(self, features: Iterable[Feature], next_cursor: str | None = None) -> None:
        listed = [
            {"type": "Feature", "id": identifier, "geometry": geometry, "properties": properties}
            for identifier, geometry, properties in features
        ]
        super().__init__({"type": "FeatureCollection", "features": listed, "next_cursor": next_cursor})
