"""Positions and areas as they cross the wire: named, in degrees, with their datum."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.foundation.common import RequestModel, Timestamp

LARGEST_RADIUS_M = 20_000
"""Of a circle, however it comes in."""
RADII_OF_ENTERPRISES_M = (10.0, 5_000.0)
"""In a file, where nobody sees the circle: none is smaller or larger. On a map any up to the largest may be drawn."""

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Datum(StrEnum):
    """The coordinate system the phone or map gave (DOMAIN §7.4)."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Point(RequestModel):
    """A point of a fence. `datum` is required: the systems differ by hundreds of metres in China."""

    longitude_deg: Longitude
    latitude_deg: Latitude
    datum: Datum


class Position(Point):
    """Where a phone believed it was: `accuracy_m` is the radius of its 68 % circle."""

    accuracy_m: float = Field(ge=0, le=100_000, allow_inf_nan=False)
    captured_at: Timestamp
    is_mocked: bool = False


Ring = Annotated[list[tuple[Longitude, Latitude]], Field(min_length=4, max_length=1000)]
"""Corners as (longitude, latitude), first equal to last, as in GeoJSON (RFC 7946)."""


class Circle(RequestModel):
    """A fence around a centre."""

    kind: Literal["circle"]
    centre: Point
    radius_m: float = Field(gt=0, le=LARGEST_RADIUS_M, allow_inf_nan=False)


class Polygon(RequestModel):
    """A fence with corners; holes are not needed for places and are not taken."""

    kind: Literal["polygon"]
    ring: Ring
    datum: Datum


Shape = Annotated[Circle | Polygon, Field(discriminator="kind")]
