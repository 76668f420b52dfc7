"""Request and response of the place picker."""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.foundation.common import NO_NUL, RequestModel, ResponseModel
from schemas.foundation.geo import Point
from schemas.ground.places import PlaceKind, PlaceOut
from schemas.identity.organisations import DivisionCode

SearchText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=NO_NUL)]


class PlaceSearchQuery(RequestModel):
    """A search by position, or by part of the name or its pinyin. The search is not stored."""

    text: SearchText | None = None
    """Part of the name, of its pinyin or of the pinyin initials: 梅园, meiyuan, myxc."""
    point: Point | None = None
    """The position of the phone."""
    kind: PlaceKind | None = None
    division_code: DivisionCode | None = None
    """Only places of this division and of the divisions below it."""
    at_most: Annotated[int, Field(strict=True, ge=1, le=50)] = 20


class PlaceMatchOut(PlaceOut):
    """A place that matches the search."""

    distance_m: int | None
    """Metres to the nearest fence, rounded to 10; 0 inside; null without a point or a fence."""
    is_contact_point: bool
    """True if the place is a contact point of the user that has begun and not ended. These places come first."""


class PlaceSearchOut(ResponseModel):
    """The best matches. Enter more of the name to see other places."""

    items: list[PlaceMatchOut]
