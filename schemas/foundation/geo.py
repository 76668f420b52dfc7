"""Positions and areas in requests and responses: in degrees, with their datum."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.foundation.common import RequestModel, Timestamp
from schemas.foundation.labels import LabelledEnum

LARGEST_RADIUS_M = 20_000
"""Maximum radius of a circle, in requests and in files."""
RADII_OF_ENTERPRISES_M = (10.0, 5_000.0)
"""Minimum and maximum radius of an enterprise in an import file, where no person checks the circle on a map."""

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Datum(LabelledEnum):
    """The coordinate system of the phone or map (DOMAIN §7.4)."""

    WGS84 = "wgs84", "WGS84"
    GCJ02 = "gcj02", "GCJ02"
    BD09 = "bd09", "BD09"


class Point(RequestModel):
    """A point of a fence, in degrees.

    `datum` is required: in China the systems differ by hundreds of metres.
    """

    longitude_deg: Longitude
    latitude_deg: Latitude
    datum: Datum


class Position(Point):
    """The position that a phone measured.

    `accuracy_m` is the radius of the 68 % confidence circle, in metres.
    """

    accuracy_m: float = Field(ge=0, le=100_000, allow_inf_nan=False)
    captured_at: Timestamp
    is_mocked: bool = False


Ring = Annotated[list[tuple[Longitude, Latitude]], Field(min_length=4, max_length=1000)]
"""Corners as (longitude, latitude); the last equals the first, as in GeoJSON (RFC 7946)."""


class Circle(RequestModel):
    """A circular fence; `radius_m` in metres."""

    kind: Literal["circle"]
    centre: Point
    radius_m: float = Field(gt=0, le=LARGEST_RADIUS_M, allow_inf_nan=False)


class Polygon(RequestModel):
    """A polygonal fence, without holes."""

    kind: Literal["polygon"]
    ring: Ring
    datum: Datum


Shape = Annotated[Circle | Polygon, Field(discriminator="kind")]
