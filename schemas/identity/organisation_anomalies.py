"""Schemas of anomalies of organisations: each with the rule it violates."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import PageQuery, ResponseModel
from schemas.identity.organisations import Family, OrganisationKind


class OrganisationAnomaly(StrEnum):
    """A deviation from a rule. It blocks nothing: data are imported as they are and corrected by hand."""

    PARENT_OF_OTHER_FAMILY = "parent_of_other_family"
    KIND_OF_OTHER_FAMILY = "kind_of_other_family"
    """A Party kind in the unit tree, or a unit kind in the Party tree."""
    PARENT_DOES_NOT_FIT = "parent_does_not_fit"
    APPROVAL_MISSING = "approval_missing"
    """Its place needs the superior's approval, and none is recorded."""
    PARENT_CLOSED = "parent_closed"
    """The organisation is open, but its parent is closed."""
    TOO_FEW_MEMBERS = "too_few_members"
    TOO_MANY_MEMBERS = "too_many_members"


class AnomalyOut(ResponseModel):
    """One anomaly and its rule."""

    anomaly: OrganisationAnomaly
    source: str
    """The rule, in Chinese and English."""


class OrganisationAnomalyOut(ResponseModel):
    """An organisation with its anomalies and the facts to judge them."""

    organisation_id: UUID
    name: str
    family: Family
    kind: OrganisationKind
    parent_id: UUID | None
    parent_kind: OrganisationKind | None
    members: int | None
    """Party members in the organisation and below it, counted up to 500; null for kinds without a usual number."""
    usual_fewest: int | None
    """The usual number of members is at least this; null: no limit."""
    usual_most: int | None
    """The usual number of members is at most this; null: no limit."""
    anomalies: list[AnomalyOut]


class OrganisationAnomalyQuery(PageQuery):
    """Which anomalies to list."""

    organisation_id: UUID | None = None
    """Only those of this organisation."""
    anomaly: OrganisationAnomaly | None = None
    """Only organisations with this anomaly."""
