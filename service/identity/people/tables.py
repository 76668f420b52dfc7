"""`person`, `consent`, `correction_request`."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.people import ConsentEnd, ConsentPurpose, CorrectionState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, enum


class Person(SQLModel, table=True):
    """A human being the system knows: cadre, member, administrator."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("uq_person_staff_number", "staff_number", unique=True),)
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "organisation_id", "created_at", "version")

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    """The organisation whose administrator entered the person; rights come from postings alone."""
    staff_number: str | None = Field(default=None, sa_type=sa.Text)
    """工号, by which the personnel system knows the person; imports find the person by it. Never an identity number."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class Consent(SQLModel, table=True):
    """One consent; at most one live row per person and purpose, withdrawn ones stay."""

    __tablename__ = "consent"
    __table_args__ = (
        sa.Index(
            "uq_consent_live", "person_id", "purpose", unique=True, postgresql_where=sa.text("withdrawn_at IS NULL")
        ),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "purpose",
        "given_at",
        "withdrawn_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    purpose: ConsentPurpose = Field(sa_type=enum(ConsentPurpose))
    notice_version: str = Field(sa_type=sa.Text)
    given_at: datetime = Field(sa_type=TIMESTAMP)
    withdrawn_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When it ended, for whatever reason."""
    ended_because: ConsentEnd | None = Field(default=None, sa_type=enum(ConsentEnd))
    version: int = Field(default=1)


class CorrectionRequest(SQLModel, table=True):
    """What a person says is wrong about him- or herself; kept beside what stood there, with the decision."""

    __tablename__ = "correction_request"
    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL) AND (decided_at IS NULL) = (answer IS NULL)",
            name="decided_with_answer",
        ),
        sa.Index("ix_correction_request_submitted_at", "submitted_at", "id"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "organisation_id",
        "state",
        "submitted_at",
        "decided_at",
        "decided_by",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    what: str = Field(sa_type=sa.Text)
    should_be: str = Field(sa_type=sa.Text)
    state: CorrectionState = Field(sa_type=enum(CorrectionState))
    submitted_at: datetime = Field(sa_type=TIMESTAMP)
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    decided_by: UUID | None = Field(default=None)
    answer: str | None = Field(default=None, sa_type=sa.Text)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)
