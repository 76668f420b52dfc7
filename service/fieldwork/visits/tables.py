"""Tables of visits and their purposes, positions, companions, drafts and corrections."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlmodel import Field, SQLModel

from schemas.fieldwork.visits import CompanionState, Presence, VisitCorrectionState, VisitEnd, VisitState
from schemas.foundation.geo import Datum
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TEXTS, TIMESTAMP, DataClass, classified, enum


class VisitPurpose(SQLModel, table=True):
    """A purpose of visits. Purposes are data, because campaigns begin and end (DOMAIN §4)."""

    __tablename__ = "visit_purpose"

    code: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    name_en: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    is_offered: bool = Field(default=True)
    version: int = Field(default=1)


class Visit(SQLModel, table=True):
    """One stay at a place. Not partitioned, because the phone's clock makes the id (DESIGN §9)."""

    __tablename__ = "visit"
    __table_args__ = (
        sa.CheckConstraint("checked_out_at IS NULL OR checked_out_at >= checked_in_at", name="out_after_in"),
        # the end of a visit that was closed automatically is unknown
        sa.CheckConstraint(
            "(state = 'ended') = (checked_out_at IS NOT NULL OR ended_by IS NOT DISTINCT FROM 'forgotten')",
            name="ended_has_end",
        ),
        sa.CheckConstraint("people_met IS NULL OR people_met >= 0", name="people_met_range"),
        sa.Index("ix_visit_person_id", "person_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
        sa.Index("ix_visit_place_id", "place_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
        sa.Index("ix_visit_organisation_id", "organisation_id", sa.text("checked_in_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
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
    """The organisation of the posting with which the visitor checked in."""
    place_id: UUID = Field(foreign_key="place.id")
    state: VisitState = Field(sa_type=enum(VisitState))
    checked_in_at: datetime = Field(sa_type=TIMESTAMP)
    checked_out_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    presence: Presence = Field(sa_type=enum(Presence))
    presence_reasons: list[str] = Field(sa_type=TEXTS, sa_column_kwargs=classified(DataClass.PERSONAL))
    ended_by: VisitEnd | None = Field(default=None, sa_type=enum(VisitEnd))
    purpose: str | None = Field(default=None, sa_type=sa.String(32), foreign_key="visit_purpose.code")
    people_met: int | None = Field(default=None)
    heard: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    done: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    stay: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    help_given: list[dict[str, Any]] | None = Field(
        default=None, sa_type=JSON, sa_column_kwargs=classified(DataClass.FREE_TEXT)
    )
    acknowledged_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    acknowledged_by: UUID | None = Field(default=None, foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=TIMESTAMP, sa_column_kwargs={"server_default": sa.text("now()")})
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1, sa_column_kwargs={"server_default": sa.text("1")})


class VisitPosition(SQLModel, table=True):
    """The position of a check-in, stored with consent, for at most 90 days."""

    __tablename__ = "visit_position"
    # finds the previous and the next position in time, for the speed between them
    __table_args__ = (sa.Index("ix_visit_position_person_id", "person_id", "captured_at"),)

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id", ondelete="CASCADE")
    person_id: UUID
    position: Any = Field(
        sa_type=Geography("POINT", srid=4326, spatial_index=False), sa_column_kwargs=classified(DataClass.SENSITIVE)
    )
    accuracy_m: float = Field(sa_column_kwargs=classified(DataClass.SENSITIVE))
    sent_longitude_deg: float = Field(sa_column_kwargs=classified(DataClass.SENSITIVE))
    sent_latitude_deg: float = Field(sa_column_kwargs=classified(DataClass.SENSITIVE))
    sent_datum: Datum = Field(sa_type=enum(Datum))
    captured_at: datetime = Field(sa_type=TIMESTAMP)


class VisitCompanion(SQLModel, table=True):
    """A companion: named once by the visitor, notified, may decline."""

    __tablename__ = "visit_companion"
    __table_args__ = (
        sa.UniqueConstraint("visit_id", "person_id"),
        sa.CheckConstraint("(state = 'declined') = (declined_at IS NOT NULL)", name="declined_has_declined_at"),
        sa.Index("ix_visit_companion_person_id", "person_id", sa.text("notified_at DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "visit_id",
        "person_id",
        "state",
        "notified_at",
        "declined_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    person_id: UUID = Field(foreign_key="person.id")
    state: CompanionState = Field(sa_type=enum(CompanionState))
    notified_at: datetime = Field(sa_type=TIMESTAMP)
    declined_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    version: int = Field(default=1)


class VisitDraft(SQLModel, table=True):
    """A record that a delegate wrote for a leader, and its confirmation. The id is the id of the visit.

    A separate table, so that the check-in statement does not write these columns.
    """

    __tablename__ = "visit_draft"
    __table_args__ = (
        sa.Index("ix_visit_draft_written_by", "written_by", sa.text("written_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "written_by", "written_at", "confirmed_at", "version")

    id: UUID = Field(primary_key=True, foreign_key="visit.id")
    written_by: UUID = Field(foreign_key="person.id")
    written_at: datetime = Field(sa_type=TIMESTAMP)
    confirmed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    version: int = Field(default=1)


class VisitCorrection(SQLModel, table=True):
    """A correction request with the old and the new values, and its decision (DESIGN §2.7)."""

    __tablename__ = "visit_correction"
    __table_args__ = (
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="decided_has_decided_at"),
        sa.Index("uq_visit_correction_open", "visit_id", unique=True, postgresql_where=sa.text("state = 'requested'")),
        sa.Index("ix_visit_correction_requested_at", "requested_at", "id"),
        sa.Index("ix_visit_correction_visit_id", "visit_id"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "visit_id",
        "requested_by",
        "requested_at",
        "state",
        "decided_by",
        "decided_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    requested_by: UUID = Field(foreign_key="person.id")
    requested_at: datetime = Field(sa_type=TIMESTAMP)
    before: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    after: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    reason: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    state: VisitCorrectionState = Field(sa_type=enum(VisitCorrectionState))
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    decision_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
