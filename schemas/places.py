"""Places and their fences as they cross the wire."""

from enum import StrEnum
from uuid import UUID

from schemas.common import Answer, Asked, Instant, Line
from schemas.geo import Shape
from schemas.organisations import DivisionCode


class PlaceKind(StrEnum):
    """What sort of place can be visited."""

    COMMUNITY = "community"
    VILLAGE = "village"
    ENTERPRISE = "enterprise"
    SCHOOL = "school"
    SOCIAL_ORGANISATION = "social_organisation"
    OTHER = "other"


class FenceKind(StrEnum):
    """The shape of a fence."""

    CIRCLE = "circle"
    POLYGON = "polygon"


class PlaceAsked(Asked):
    """A place and the organisation responsible for it."""

    kind: PlaceKind
    name: Line
    organisation_id: UUID
    division_code: DivisionCode | None = None


class PlaceChanged(Asked):
    """New name or division of a place."""

    name: Line
    division_code: DivisionCode | None


class FenceAsked(Asked):
    """A fence of a place; a place may have several, and being inside any one counts."""

    name: Line
    shape: Shape


class FenceOut(Answer):
    """A fence; `area` is GeoJSON in WGS 84: a Point with `radius_m` for a circle, or a Polygon."""

    id: UUID
    place_id: UUID
    name: str
    kind: FenceKind
    radius_m: float | None
    area: dict[str, object]
    valid_from: Instant
    valid_until: Instant | None


class PlaceOut(Answer):
    """A place that can be visited. Without a fence it is normal: nobody publishes village coordinates."""

    id: UUID
    kind: PlaceKind
    name: str
    organisation_id: UUID
    division_code: str | None
    created_at: Instant
    version: int


class PlaceDetails(PlaceOut):
    """A place with the fences in force."""

    fences: list[FenceOut]
