"""Tables `assessment_cycle` and `dossier`."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.judgement.assessments import CycleState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TIMESTAMP, DataClass, classified, enum


class AssessmentCycle(SQLModel, table=True):
    """A cycle: an organisation, a span of days and the receiver of the dossiers."""

    __tablename__ = "assessment_cycle"
    __table_args__ = (
        sa.CheckConstraint("until_day >= from_day", name="days_in_order"),
        sa.CheckConstraint("(state = 'frozen') = (frozen_at IS NOT NULL)", name="frozen_has_time"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "receiver_id",
        "from_day",
        "until_day",
        "state",
        "opened_at",
        "freezing_at",
        "frozen_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    receiver_id: UUID = Field(foreign_key="organisation.id", index=True)
    from_day: date
    until_day: date
    state: CycleState = Field(sa_type=enum(CycleState))
    opened_at: datetime = Field(sa_type=TIMESTAMP)
    freezing_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When the freeze started. Every dossier is computed as of this time."""
    frozen_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class Dossier(SQLModel, table=True):
    """The frozen dossier of a person: snapshot and signature. Written once, never changed."""

    __tablename__ = "dossier"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "person_id"),
        sa.Index("ix_dossier_handed_over_at", "handed_over_at", "id", postgresql_where=sa.text("jws <> ''")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "cycle_id",
        "person_id",
        "sha256",
        "frozen_at",
        "handed_over_at",
    )

    id: UUID = Field(primary_key=True)
    cycle_id: UUID = Field(foreign_key="assessment_cycle.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    snapshot: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL))
    jws: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    sha256: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.SECRET))
    """SHA-256 of the canonical JSON of the snapshot, in hex."""
    frozen_at: datetime = Field(sa_type=TIMESTAMP)
    handed_over_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
