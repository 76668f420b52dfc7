"""Table `promise`."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.fieldwork.promises import PromiseState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class Promise(SQLModel, table=True):
    """A promise made at a place, with one owner, one due date and one outcome."""

    __tablename__ = "promise"
    __table_args__ = (
        sa.CheckConstraint("(state = 'open') = (outcome IS NULL)", name="ended_has_outcome"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_ended_at"),
        sa.Index("ix_promise_owner_id", "owner_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_promise_place_id", "place_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_promise_organisation_id", "organisation_id", sa.text("created_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "place_id",
        "visit_id",
        "promised_by",
        "owner_id",
        "organisation_id",
        "due_on",
        "state",
        "ended_at",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    content: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    promised_by: UUID = Field(foreign_key="person.id", index=True)
    owner_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    due_on: date
    state: PromiseState = Field(sa_type=enum(PromiseState))
    outcome: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
