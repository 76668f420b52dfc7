"""Table of residence reports. A person has at most one that is submitted or confirmed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.residence.reports import ResidenceReportState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class ResidenceReport(SQLModel, table=True):
    """A member's report to the Party organisation of a community."""

    __tablename__ = "residence_report"
    __table_args__ = (
        sa.CheckConstraint("(state = 'submitted') = (decided_at IS NULL)", name="decided_once"),
        sa.CheckConstraint("(state = 'returned') = (return_reason IS NOT NULL)", name="returned_has_reason"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_end"),
        sa.Index(
            "uq_residence_report_live",
            "person_id",
            unique=True,
            postgresql_where=sa.text("state IN ('submitted', 'confirmed')"),
        ),
        sa.Index("ix_residence_report_submitted_at", "submitted_at", "id"),
        sa.Index(
            "ix_residence_report_past",
            sa.text("coalesce(ended_at, decided_at)"),
            postgresql_where=sa.text("state IN ('ended', 'returned')"),
        ),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "organisation_id",
        "state",
        "submitted_at",
        "decided_at",
        "decided_by",
        "ended_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True, sa_column_kwargs=classified(DataClass.SENSITIVE))
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    state: ResidenceReportState = Field(sa_type=enum(ResidenceReportState))
    submitted_at: datetime = Field(sa_type=TIMESTAMP)
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    decided_by: UUID | None = Field(default=None)
    return_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    end_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
