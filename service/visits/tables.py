"""`visit`, and `visit_position` for those who consented to keep it."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlmodel import Field, SQLModel

from schemas.geo import Datum
from schemas.visits import Presence, VisitPurpose, VisitState
from service.core import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.core.columns import BYTES, MOMENT, TEXTS, enum


class Visit(SQLModel, table=True):
    """One stay at a place. One table, not partitioned: the phone's clock makes its id (DESIGN §9)."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.CheckConstraint("checked_out_at IS NULL OR checked_out_at >= checked_in_at", name="out_after_in"),
        sa.CheckConstraint("(state = 'ended') = (checked_out_at IS NOT NULL)", name="ended_has_end"),
        sa.CheckConstraint("people_met IS NULL OR people_met >= 0", name="people_met_range"),
        sa.Index("ix_visit_person_id", "person_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
        sa.Index("ix_visit_place_id", "place_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
        sa.Index("ix_visit_organisation_id", "organisation_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
    )
    __lasting__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "organisation_id",
        "place_id",
        "state",
        "checked_in_at",
        "checked_out_at",
        "presence",
        "presence_reasons",
        "purpose",
        "people_met",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    """The visitor's organisation, as of the posting that allowed the visit."""
    place_id: UUID = Field(foreign_key="place.id")
    state: VisitState = Field(sa_type=enum(VisitState))
    checked_in_at: datetime = Field(sa_type=MOMENT)
    checked_out_at: datetime | None = Field(default=None, sa_type=MOMENT)
    presence: Presence = Field(sa_type=enum(Presence))
    presence_reasons: list[str] = Field(sa_type=TEXTS)
    purpose: VisitPurpose | None = Field(default=None, sa_type=enum(VisitPurpose))
    people_met: int | None = Field(default=None)
    heard: str | None = Field(default=None, sa_type=sa.Text)
    done: str | None = Field(default=None, sa_type=sa.Text)
    recorded_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sa.text("now()")})
    sameness: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1, sa_column_kwargs={"server_default": sa.text("1")})


class VisitPosition(SQLModel, table=True):
    """The position of a check-in, kept with consent for at most 90 days; deleted when the consent is withdrawn."""

    __tablename__ = "visit_position"

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id", ondelete="CASCADE")
    person_id: UUID = Field(index=True)
    position: Any = Field(sa_type=Geography("POINT", srid=4326, spatial_index=False))
    accuracy_m: float
    sent_longitude_deg: float
    sent_latitude_deg: float
    sent_datum: Datum = Field(sa_type=enum(Datum))
    captured_at: datetime = Field(sa_type=MOMENT)
