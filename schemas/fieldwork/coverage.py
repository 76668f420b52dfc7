"""Coverage of an area (点 and 面): where nobody has been for a while, how visits spread. Of places, not of persons."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, PageQuery, RequestModel, ResponseModel
from schemas.ground.places import PlaceKind
from schemas.identity.organisations import DivisionCode, Level

Months = Annotated[int, Field(ge=1, le=60)]


class PlaceWithoutContact(ResponseModel):
    """A place where no visit has ended since the day asked for; visits by its own organisation, or one below, aside."""

    id: UUID
    kind: PlaceKind
    name: str
    organisation_id: UUID
    division_code: str | None
    last_visited_on: date | None
    """The day of the last visit that has ended; null when none is on record."""


class DivisionCoverage(ResponseModel):
    """How many places of a division had a visit since the day asked for, and how many had none."""

    division_code: str | None
    """Null: places without a division of that level."""
    name: str | None
    places: int
    with_contact: int
    without_contact: int


class DivisionCoveragePage(ResponseModel):
    """Counts by division, in the order of their codes."""

    since: date
    items: list[DivisionCoverage]
    next_cursor: str | None


class ConcentrationStep(ResponseModel):
    """How many places had that many visits."""

    visits_from: int
    visits_until: int | None
    """The last number of the step; null on the last step, which has no end."""
    places: int


class Spread(ResponseModel):
    """How concentrated the visits of a span are: few places often, or many places once."""

    from_on: date
    until_on: date
    places: int
    steps: list[ConcentrationStep]


class UnitContactPoints(ResponseModel):
    """The living contact points kept for an organisation and everything below it, as counts."""

    organisation_id: UUID
    name: str
    contact_points: int
    leaders: int
    places: int
    ending_soon: int
    """Those whose term ends within thirty days."""
    without_contact: int | None
    """Of those looked at: where no visit has ended since the day asked for; null for fewer than five leaders."""
    places_counted: int
    """Of `places`: where fewer than five leaders would stand out, theirs are looked at further up only."""


class ContactPointCoverage(ResponseModel):
    """An organisation, and each one directly below it: every level looks at the next (一级抓一级)."""

    since: date
    whole: UnitContactPoints
    items: list[UnitContactPoints]
    """The organisations directly below, newest first; they are not ordered by any figure."""
    next_cursor: str | None


class AreaQuery(RequestModel):
    """Which places to count: those of a division and below, those of one kind; None means all in reach."""

    division_code: DivisionCode | None = None
    kind: PlaceKind | None = None


class PlaceWithoutContactQuery(AreaQuery, PageQuery):
    """Which places without contact to list."""

    months: Months = 6


class DivisionCoverageQuery(AreaQuery, PageQuery):
    """By which divisions to count places with and without contact."""

    months: Months = 6
    level: Level = Level.TOWNSHIP


class ConcentrationQuery(AreaQuery):
    """The days between which visits are counted, both included."""

    from_on: Day
    until_on: Day


class ContactPointCoverageQuery(PageQuery):
    """For which organisation contact points are counted."""

    organisation_id: UUID
    months: Months = 6
