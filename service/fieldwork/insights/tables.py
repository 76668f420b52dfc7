"""Table `insight`."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.fieldwork.insights import InsightKind
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class Insight(SQLModel, table=True):
    """Something heard at a place; it is routed to a unit, which decides on it once."""

    __tablename__ = "insight"
    __table_args__ = (
        sa.CheckConstraint("(is_adopted IS NULL) = (decided_at IS NULL)", name="decided_has_decided_at"),
        sa.CheckConstraint("is_adopted IS NULL OR routed_to IS NOT NULL", name="decided_was_routed"),
        sa.Index("ix_insight_raised_by", "raised_by", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_insight_organisation_id", "organisation_id", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_insight_routed_to", "routed_to", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_insight_raised_at", "raised_at", "id"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "kind",
        "category_code",
        "place_id",
        "visit_id",
        "raised_by",
        "organisation_id",
        "raised_at",
        "routed_to",
        "is_adopted",
        "decided_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    kind: InsightKind = Field(sa_type=enum(InsightKind))
    category_code: str = Field(sa_type=sa.Text, foreign_key="problem_category.code", index=True)
    content: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    place_id: UUID = Field(foreign_key="place.id", index=True)
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    raised_by: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    raised_at: datetime = Field(sa_type=TIMESTAMP)
    routed_to: UUID | None = Field(default=None, foreign_key="organisation.id")
    is_adopted: bool | None = Field(default=None)
    decision_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
