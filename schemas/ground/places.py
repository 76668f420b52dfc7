"""Places and their fences as they cross the wire."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

from schemas.foundation.common import NO_NUL, Filled, Line, RequestModel, ResponseModel, Timestamp
from schemas.foundation.geo import Point, Shape
from schemas.identity.organisations import DivisionCode


def checked_credit_code(code: str) -> str:
    """The code without blanks, in capitals. Raises PydanticCustomError."""
    if not uscc.is_valid(code):
        raise PydanticCustomError("credit_code", "The unified social credit code has 18 characters, the last a check")
    return str(uscc.compact(code))


CreditCode = Annotated[str, AfterValidator(checked_credit_code)]
"""统一社会信用代码 (GB 32100)."""


class PlaceKind(StrEnum):
    """What sort of place can be visited."""

    COMMUNITY = "community"
    VILLAGE = "village"
    ENTERPRISE = "enterprise"
    SCHOOL = "school"
    SOCIAL_ORGANISATION = "social_organisation"
    GRID = "grid"
    """网格, below a community or village; optional."""
    OTHER = "other"


class FenceKind(StrEnum):
    """The shape of a fence."""

    CIRCLE = "circle"
    POLYGON = "polygon"


class PlaceCreate(RequestModel):
    """A place and the organisation responsible for it."""

    kind: PlaceKind
    name: Line
    organisation_id: UUID
    division_code: DivisionCode | None = None
    parent_id: UUID | None = None
    """The community or village of a grid."""
    credit_code: CreditCode | None = None
    """Of an enterprise or other unit: checked by its check character."""


class PlaceUpdate(RequestModel):
    """New name or division of a place."""

    name: Line
    division_code: DivisionCode | None


class FenceCreate(RequestModel):
    """A fence of a place; a place may have several, and being inside any one counts."""

    name: Line
    shape: Shape


class FenceOut(ResponseModel):
    """A fence; `area` is GeoJSON in WGS 84: a Point with `radius_m` for a circle, or a Polygon."""

    id: UUID
    place_id: UUID
    name: str
    kind: FenceKind
    radius_m: float | None
    area: dict[str, object]
    valid_from: Timestamp
    valid_until: Timestamp | None


class PlaceOut(ResponseModel):
    """A place that can be visited. Without a fence it is normal: nobody publishes village coordinates."""

    id: UUID
    kind: PlaceKind
    name: str
    organisation_id: UUID
    division_code: str | None
    parent_id: UUID | None
    credit_code: str | None
    created_at: Timestamp
    version: int


class PlaceDetails(PlaceOut):
    """A place with the fences in force."""

    fences: list[FenceOut]


Sought = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=NO_NUL)]


class SiteCode(ResponseModel):
    """The changing code to show at the place; whoever is there may read it off."""

    code: str
    valid_until: Timestamp


class PlaceQuery(RequestModel):
    """What the picker knows: where the phone is, or a few letters of the name or its pinyin. Nothing is kept."""

    text: Sought | None = None
    """Part of the name, of its pinyin, or of the initials: 梅园, meiyuan, myxc."""
    point: Point | None = None
    kind: PlaceKind | None = None
    division_code: DivisionCode | None = None
    at_most: Annotated[int, Field(strict=True, ge=1, le=50)] = 20


class PlaceFound(PlaceOut):
    """A place for the picker."""

    distance_m: int | None
    """To the nearest fence, 0 inside, in tens of metres; null without a point or a fence."""
    is_contact_point: bool
    """One of the asker's own living contact points; those come first."""


class PlacesFound(ResponseModel):
    """The places that fit best; write more of the name to see others."""

    items: list[PlaceFound]


class ReadingCreate(RequestModel):
    """Something to read before going there: its title and where it stands."""

    title: Line
    link: Annotated[HttpUrl, Field(max_length=500)]


class ReadingOut(ResponseModel):
    """Something to read before going to a place."""

    id: UUID
    place_id: UUID
    title: str
    link: str
    added_at: Timestamp


class ProposalState(StrEnum):
    """A fence is proposed, then accepted or refused."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ProposalDecision(RequestModel):
    """Whether the circle becomes a fence of the place; another shape may stand instead of it."""

    is_accepted: bool
    name: Line = "签到围栏"
    """Of the fence."""
    shape: Shape | None = None
    """What is right, when the proposal is nearly so."""
    reason: Filled | None = None
    """Why not; needed for a refusal."""

    @model_validator(mode="after")
    def _refusal_has_reason(self) -> Self:
        if self.is_accepted or (self.reason and self.shape is None):
            return self
        raise PydanticCustomError("refusal_has_reason", "A refusal gives a reason and no shape")


class ProposalOut(ResponseModel):
    """A circle that check-ins agree on, of persons who consented to keep their positions; nobody's position is told."""

    id: UUID
    place_id: UUID
    middle: dict[str, object]
    """A GeoJSON Point in WGS 84."""
    radius_m: float
    check_ins: int
    persons: int
    made_at: Timestamp
    state: ProposalState
    decided_at: Timestamp | None
    reason: str | None
    fence_id: UUID | None
    version: int
