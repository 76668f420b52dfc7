"""`purge`: the proof that something was removed or masked because its time was over."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.operations.privacy import PurgeVerb
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import TIMESTAMP, enum


class Purge(SQLModel, table=True):
    """One chunk of one rule, written in the transaction that removed it; nobody can change or remove it."""

    __tablename__ = "purge"
    __table_args__ = (
        sa.CheckConstraint("rows > 0", name="rows_range"),
        sa.Index("ix_purge_done_at", sa.text("done_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "rule",
        "verb",
        "rows",
        "up_to",
        "ids_sha256",
        "policy_version",
        "done_at",
    )

    id: UUID = Field(primary_key=True)
    rule: str = Field(sa_type=sa.Text)
    """The rule's word in `retention.py`."""
    verb: PurgeVerb = Field(sa_type=enum(PurgeVerb))
    rows: int
    up_to: datetime = Field(sa_type=TIMESTAMP)
    """Whatever was due before this moment."""
    ids_sha256: str = Field(sa_type=sa.Text)
    """Hex; sha256 over the 16 bytes of each id, ids ascending."""
    policy_version: str = Field(sa_type=sa.Text)
    """Of the rules with their days, as they stood."""
    done_at: datetime = Field(sa_type=TIMESTAMP)
