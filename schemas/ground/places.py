"""Requests and responses of places, fences, readings and fence proposals."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, HttpUrl, model_validator
from pydantic_core import PydanticCustomError
from stdnum.cn import uscc

from schemas.foundation.common import Filled, Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.geo import Shape
from schemas.foundation.labels import LabelledEnum
from schemas.identity.organisations import DivisionCode


def parse_credit_code(code: str) -> str:
    """Return a unified social credit code in capitals without blanks.

    Raises: PydanticCustomError for a wrong check character.
    """
    if not uscc.is_valid(code):
        message = "The unified social credit code has 18 characters; the last one is a check character"
        raise PydanticCustomError("credit_code", message)
    return str(uscc.compact(code))


CreditCode = Annotated[str, AfterValidator(parse_credit_code)]
"""统一社会信用代码 (GB 32100)."""


class PlaceKind(LabelledEnum):
    """The kinds of places that can be visited."""

    COMMUNITY = "community", "社区"
    VILLAGE = "village", "村"
    ENTERPRISE = "enterprise", "企业"
    SCHOOL = "school", "学校"
    SOCIAL_ORGANISATION = "social_organisation", "社会组织"
    GRID = "grid", "网格"
    """A grid (网格) is a part of a community or village."""
    OTHER = "other", "其他"


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
    """The community or village of a grid; null for other kinds."""
    credit_code: CreditCode | None = None
    """The unified social credit code of an enterprise or another unit; the check character is verified."""


class PlaceUpdate(RequestModel):
    """The new name and division of a place."""

    name: Line
    division_code: DivisionCode | None


class FenceCreate(RequestModel):
    """A fence of a place. A place may have several fences; a check-in inside any of them counts."""

    name: Line
    shape: Shape


class FenceOut(ResponseModel):
    """A fence of a place."""

    id: UUID
    place_id: UUID
    name: str
    kind: FenceKind
    radius_m: float | None
    """Radius of a circle in metres; null for a polygon."""
    area: dict[str, object]
    """GeoJSON in WGS 84: the centre of a circle as a Point, or a Polygon."""
    valid_from: Timestamp
    valid_until: Timestamp | None


class PlaceOut(ResponseModel):
    """A place that can be visited. A fence is optional; coordinates of villages are rarely published."""

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
    """A place with the fences that are in force."""

    fences: list[FenceOut]


class SiteCode(ResponseModel):
    """The code to show at the place. Visitors enter it at the check-in."""

    code: str
    """Six digits."""
    valid_until: Timestamp
    """When the next code replaces it."""


class ReadingCreate(RequestModel):
    """A reading for visitors: its title and its link."""

    title: Line
    link: Annotated[HttpUrl, Field(max_length=500)]


class ReadingOut(ResponseModel):
    """A reading for visitors of a place."""

    id: UUID
    place_id: UUID
    title: str
    link: str
    added_at: Timestamp


class ProposalState(LabelledEnum):
    """The state of a fence proposal: proposed → accepted | refused."""

    PROPOSED = "proposed", "待决定"
    ACCEPTED = "accepted", "已采纳"
    REFUSED = "refused", "未采纳"


class ProposalDecision(RequestModel):
    """Accept the proposed circle or another shape as a fence of the place, or refuse it."""

    is_accepted: bool
    name: Line = "签到围栏"
    """The name of the new fence."""
    shape: Shape | None = None
    """Another shape for the fence; null to use the proposed circle."""
    reason: Filled | None = None
    """The reason of a refusal."""

    @model_validator(mode="after")
    def _refusal_has_reason(self) -> Self:
        if self.is_accepted or (self.reason and self.shape is None):
            return self
        raise PydanticCustomError("refusal_has_reason", "A refusal needs a reason and has no shape")


class ProposalOut(ResponseModel):
    """A circle computed from the check-ins of people who consented to keep their positions.

    It does not contain the position of any person.
    """

    id: UUID
    place_id: UUID
    centroid: dict[str, object]
    """The centre of the circle, a GeoJSON Point in WGS 84, rounded to about fifty metres."""
    radius_m: float
    """Radius in metres."""
    check_ins: int
    """Number of check-ins the proposal is based on."""
    persons: int
    """Number of people who made these check-ins."""
    proposed_at: Timestamp
    state: ProposalState
    decided_at: Timestamp | None
    reason: str | None
    fence_id: UUID | None
    version: int


class PlaceQuery(PageQuery):
    """Which places to list."""

    kind: PlaceKind | None = None
    organisation_id: UUID | None = None
    division_code: DivisionCode | None = None
    """Only places of this division and of the divisions below it."""


class ProposalQuery(PageQuery):
    """Which fence proposals to list."""

    state: ProposalState | None = None
    place_id: UUID | None = None
