"""Coverage of an area (点 and 面): places without a recent visit, concentration of visits."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, PageQuery, RequestModel, ResponseModel
from schemas.ground.places import PlaceKind
from schemas.identity.organisations import DivisionCode, Level

Months = Annotated[int, Field(ge=1, le=60)]


class PlaceWithoutContact(ResponseModel):
    """A place without an ended visit since that day.

    Visits by its own organisation, or one below, do not count.
    """

    id: UUID
    kind: PlaceKind
    name: str
    organisation_id: UUID
    division_code: str | None
    last_visited_on: date | None
    """The day of the last ended visit; null if there is none."""


class DivisionCoverage(ResponseModel):
    """Numbers of places of a division with and without a visit since that day."""

    division_code: str | None
    """Null for the places without a division of that level."""
    name: str | None
    places: int
    with_contact: int
    without_contact: int


class DivisionCoveragePage(ResponseModel):
    """Counts by division, in the order of the codes."""

    since: date
    items: list[DivisionCoverage]
    next_cursor: str | None


class ConcentrationStep(ResponseModel):
    """The number of places with that many visits."""

    visits_from: int
    visits_until: int | None
    """The last number of the step; null for the last step, which has no upper limit."""
    places: int


class Concentration(ResponseModel):
    """How visits are distributed over places: few places often, or many places once."""

    from_on: date
    until_on: date
    places: int
    steps: list[ConcentrationStep]


class UnitContactPoints(ResponseModel):
    """Counts of the current contact points of an organisation and everything below it."""

    organisation_id: UUID
    name: str
    contact_points: int
    leaders: int
    places: int
    ending_soon: int
    """Contact points whose term ends within 30 days."""
    without_contact: int | None
    """Of `places_counted`: places without an ended visit since that day; null for fewer than five leaders."""
    places_counted: int
    """Of `places`: places included in `without_contact`.

    Fewer than five leaders are counted in a higher unit only.
    """


class ContactPointCoverage(ResponseModel):
    """Counts of an organisation and of each one directly below it: each level sees the next (一级抓一级)."""

    since: date
    unit: UnitContactPoints
    items: list[UnitContactPoints]
    """The organisations directly below, newest first; never ordered by a figure."""
    next_cursor: str | None


class AreaQuery(RequestModel):
    """Filter of places: by division (and below) and by kind; without a filter all places in reach."""

    division_code: DivisionCode | None = None
    kind: PlaceKind | None = None


class PlaceWithoutContactQuery(AreaQuery, PageQuery):
    """Filter of the list of places without contact."""

    months: Months = 6


class DivisionCoverageQuery(AreaQuery, PageQuery):
    """Division level at which places are counted."""

    months: Months = 6
    level: Level = Level.TOWNSHIP


class ConcentrationQuery(AreaQuery):
    """First and last day on which visits are counted, both included."""

    from_on: Day
    until_on: Day


class ContactPointCoverageQuery(PageQuery):
    """The organisation whose contact points are counted."""

    organisation_id: UUID
    months: Months = 6
