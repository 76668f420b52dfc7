"""What is odd about organisations, as facts with the rule they are held against."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import ResponseModel
from schemas.identity.organisations import Family, OrganisationKind


class OrganisationAnomaly(StrEnum):
    """What may be odd. Nothing is blocked by it: real data are imported as they are, and mended by hand."""

    PARENT_OF_OTHER_FAMILY = "parent_of_other_family"
    KIND_OF_OTHER_FAMILY = "kind_of_other_family"
    """A Party kind in the unit tree, or the other way round."""
    PARENT_DOES_NOT_FIT = "parent_does_not_fit"
    APPROVAL_MISSING = "approval_missing"
    """It stands where it may only with the superior's approval, and none is on record."""
    PARENT_CLOSED = "parent_closed"
    """It is open below one that was closed."""
    TOO_FEW_MEMBERS = "too_few_members"
    TOO_MANY_MEMBERS = "too_many_members"


class AnomalyFound(ResponseModel):
    """One thing that is odd, and the rule that says so."""

    anomaly: OrganisationAnomaly
    source: str
    """The rule, in words."""


class OrganisationAnomalyOut(ResponseModel):
    """An organisation about which something is odd, with what is needed to judge it."""

    organisation_id: UUID
    name: str
    family: Family
    kind: OrganisationKind
    parent_id: UUID | None
    parent_kind: OrganisationKind | None
    members: int | None
    """Party members in it and below, counted up to 500; null for kinds without a usual size."""
    usual_fewest: int | None
    usual_most: int | None
    anomalies: list[AnomalyFound]
