"""Table `inbox_item`: one task of one reader, open until it is done."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.foundation.manifest import InboxKind
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import TIMESTAMP, enum


class InboxItem(SQLModel, table=True):
    """A task of a person, or of those with the permission in an organisation. Reads are not recorded."""

    __tablename__ = "inbox_item"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(person_id, organisation_id) = 1", name="one_reader"),
        # no item is opened twice, even after a replay or with several workers
        sa.Index(
            "uq_inbox_item_open",
            "kind",
            "subject_id",
            sa.text("coalesce(person_id, organisation_id)"),
            unique=True,
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index("ix_inbox_item_person_id", "person_id", postgresql_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_inbox_item_organisation_id", "organisation_id", postgresql_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_inbox_item_closed_at", "closed_at", postgresql_where=sa.text("closed_at IS NOT NULL")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "kind",
        "person_id",
        "organisation_id",
        "subject_id",
        "about_id",
        "event_id",
        "opened_at",
        "closed_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    kind: InboxKind = Field(sa_type=enum(InboxKind))
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    subject_id: UUID
    """The row that the item is for. Its table follows from the kind."""
    about_id: UUID
    """The record to show: mostly the subject, else e.g. the visit of a companion or the cycle of a dossier."""
    event_id: UUID | None = Field(default=None)
    """The event that opened it."""
    due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """Not in the digest, because a recalculated deadline does not make a new item."""
    opened_at: datetime = Field(sa_type=TIMESTAMP)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    version: int = Field(default=1)
