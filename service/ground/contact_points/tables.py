"""Tables of contact points and of the households that agreed to contact."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, Encrypted, classified


class ContactPoint(SQLModel, table=True):
    """A leader's assignment to a place for a term.

    A leader has at most one active contact point at a place, and at most one planned next term.
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= begins_on", name="term_in_order"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_has_reason"),
        sa.CheckConstraint("(opinion IS NULL) = (opinion_at IS NULL)", name="opinion_has_timestamp"),
        sa.CheckConstraint("NOT is_next_term OR succeeds_id IS NOT NULL", name="next_term_has_predecessor"),
        sa.Index(
            "uq_contact_point_live",
            "leader_id",
            "place_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL AND NOT is_next_term"),
        ),
        sa.Index("ix_contact_point_leader_id", "leader_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_contact_point_place_id", "place_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_contact_point_organisation_id", "organisation_id", sa.text("created_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "leader_id",
        "organisation_id",
        "place_id",
        "begins_on",
        "ends_on",
        "succeeds_id",
        "ended_at",
        "opinion_at",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    leader_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    place_id: UUID = Field(foreign_key="place.id")
    purpose: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    begins_on: date
    ends_on: date
    succeeds_id: UUID | None = Field(default=None, foreign_key="contact_point.id", unique=True)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    end_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    opinion: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    opinion_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    opinion_by: UUID | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
    is_next_term: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    """True for the next term of the same leader while the current term has not ended."""


class ContactHousehold(SQLModel, table=True):
    """The encrypted contact of a household.

    It is deleted when the household withdraws or the contact point ends.
    """

    __tablename__ = "contact_household"
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "contact_point_id",
        "agreed_on",
        "notice_version",
        "added_at",
    )

    id: UUID = Field(primary_key=True)
    contact_point_id: UUID = Field(foreign_key="contact_point.id", index=True)
    name: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.CONTACT))
    phone: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.CONTACT))
    agreed_on: date
    notice_version: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    added_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
