"""Tables of people: `person`, `consent`, `correction_request`."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.people import ConsentEnd, ConsentPurpose, CorrectionState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class Person(SQLModel, table=True):
    """A person in the system: cadre, member, administrator."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("uq_person_staff_number", "staff_number", unique=True),)
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "organisation_id", "created_at", "version")

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    """The organisation whose administrator created the person. Rights come only from postings."""
    staff_number: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    """工号 of the personnel system, by which imports find the person. Never an identity number."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class Consent(SQLModel, table=True):
    """One consent. A person has at most one active row for each purpose; ended rows stay."""

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
    notice_version: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    given_at: datetime = Field(sa_type=TIMESTAMP)
    withdrawn_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When the consent ended, for any reason."""
    ended_because: ConsentEnd | None = Field(default=None, sa_type=enum(ConsentEnd))
    version: int = Field(default=1)


class CorrectionRequest(SQLModel, table=True):
    """A person's request to correct personal data, with the decision."""

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
    what: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    should_be: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    state: CorrectionState = Field(sa_type=enum(CorrectionState))
    submitted_at: datetime = Field(sa_type=TIMESTAMP)
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    decided_by: UUID | None = Field(default=None)
    answer: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
