"""Table `visit_plan`."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.fieldwork.visit_plans import VisitPlanState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class VisitPlan(SQLModel, table=True):
    """A planned visit of a person at a place."""

    __tablename__ = "visit_plan"
    __table_args__ = (
        sa.CheckConstraint("until_at > from_at", name="span_in_order"),
        sa.CheckConstraint("(state = 'kept') = (visit_id IS NOT NULL)", name="kept_has_visit"),
        sa.CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled_has_reason"),
        sa.Index("ix_visit_plan_expected", "place_id", "from_at", postgresql_where=sa.text("state <> 'cancelled'")),
        sa.Index("ix_visit_plan_person_id", "person_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_visit_plan_organisation_id", "organisation_id", sa.text("created_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "organisation_id",
        "place_id",
        "from_at",
        "until_at",
        "is_announced",
        "state",
        "visit_id",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    place_id: UUID = Field(foreign_key="place.id")
    from_at: datetime = Field(sa_type=TIMESTAMP)
    until_at: datetime = Field(sa_type=TIMESTAMP)
    is_announced: bool
    purpose: str | None = Field(default=None, sa_type=sa.Text, foreign_key="visit_purpose.code")
    state: VisitPlanState = Field(sa_type=enum(VisitPlanState))
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", unique=True)
    cancel_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
