"""Tables of placements, selection plans with their decisions, and personal backgrounds.

The `earlier_…` tables are append-only: a change writes the replaced values there in the same transaction.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.ground.placements import PlacementKind, SelectionDecision
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TIMESTAMP, DataClass, classified, enum


class Placement(SQLModel, table=True):
    """A person's term at a host organisation, arranged by the sending organisation."""

    __tablename__ = "placement"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= begins_on", name="term_in_order"),
        sa.CheckConstraint("sending_id <> host_id", name="two_organisations"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_has_reason"),
        sa.CheckConstraint("(report_title IS NULL) = (reported_at IS NULL)", name="report_has_timestamp"),
        sa.CheckConstraint("is_adopted IS NULL OR reported_at IS NOT NULL", name="adopted_has_report"),
        sa.CheckConstraint("(appraisal IS NULL) = (appraised_at IS NULL)", name="appraisal_has_timestamp"),
        sa.Index("ix_placement_person_id", "person_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_placement_sending_id", "sending_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_placement_host_id", "host_id", sa.text("created_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "kind",
        "sending_id",
        "host_id",
        "begins_on",
        "ends_on",
        "ended_at",
        "reported_at",
        "is_adopted",
        "appraised_at",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    kind: PlacementKind = Field(sa_type=enum(PlacementKind))
    sending_id: UUID = Field(foreign_key="organisation.id")
    host_id: UUID = Field(foreign_key="organisation.id")
    topic: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    begins_on: date
    ends_on: date
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    end_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    report_title: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    report_summary: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    reported_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    is_adopted: bool | None = Field(default=None)
    adoption_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    appraisal: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    appraised_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    appraised_by: UUID | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class EarlierPlacementReport(SQLModel, table=True):
    """The text of a report before it was rewritten."""

    __tablename__ = "earlier_placement_report"
    __table_args__ = (sa.UniqueConstraint("placement_id", "version"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "placement_id", "reported_at", "version")

    id: UUID = Field(primary_key=True)
    placement_id: UUID = Field(foreign_key="placement.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    title: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    summary: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    reported_at: datetime = Field(sa_type=TIMESTAMP)
    version: int
    """The last version of the placement with this text."""


class PersonBackground(SQLModel, table=True):
    """A person's year of birth and earlier months at the grassroots, entered by an officer."""

    __tablename__ = "person_background"
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "birth_year", "grassroots_months", "set_at", "version")

    id: UUID = Field(primary_key=True, foreign_key="person.id")
    """The id of the person."""
    birth_year: int = Field(sa_column_kwargs=classified(DataClass.PERSONAL))
    grassroots_months: int = Field(sa_column_kwargs=classified(DataClass.PERSONAL))
    set_at: datetime = Field(sa_type=TIMESTAMP)
    version: int = Field(default=1)


class EarlierPersonBackground(SQLModel, table=True):
    """The values of a background before they were changed."""

    __tablename__ = "earlier_person_background"
    __table_args__ = (sa.UniqueConstraint("person_id", "version"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "birth_year",
        "grassroots_months",
        "set_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    birth_year: int = Field(sa_column_kwargs=classified(DataClass.PERSONAL))
    grassroots_months: int = Field(sa_column_kwargs=classified(DataClass.PERSONAL))
    set_at: datetime = Field(sa_type=TIMESTAMP)
    version: int


class PlacementSelection(SQLModel, table=True):
    """An organisation's selection plan for a year. The candidates are computed; officers decide."""

    __tablename__ = "placement_selection"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "year"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "year",
        "criteria",
        "planned",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    year: int
    criteria: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.NONE))
    planned: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class SelectionDecisionRecord(SQLModel, table=True):
    """The current decision about one candidate of a plan."""

    __tablename__ = "selection_decision"
    __table_args__ = (sa.UniqueConstraint("selection_id", "person_id"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "selection_id",
        "person_id",
        "decision",
        "decided_by",
        "decided_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    selection_id: UUID = Field(foreign_key="placement_selection.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    decision: SelectionDecision = Field(sa_type=enum(SelectionDecision))
    reason: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    decided_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime = Field(sa_type=TIMESTAMP)
    version: int = Field(default=1)


class EarlierSelectionDecision(SQLModel, table=True):
    """A decision before it was changed."""

    __tablename__ = "earlier_selection_decision"
    __table_args__ = (sa.UniqueConstraint("decision_id", "version"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "decision_id",
        "person_id",
        "decision",
        "decided_by",
        "decided_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    decision_id: UUID = Field(foreign_key="selection_decision.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    decision: SelectionDecision = Field(sa_type=enum(SelectionDecision))
    reason: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    decided_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime = Field(sa_type=TIMESTAMP)
    version: int
