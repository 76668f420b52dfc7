"""`purge`: the proof that rows were removed or masked because their retention ended."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.foundation.manifest import PurgeVerb
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import TIMESTAMP, DataClass, classified, enum


class Purge(SQLModel, table=True):
    """One purged chunk of one rule, written in the transaction that purged it; append-only."""

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
    rule: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    """The name of the retention rule in its manifest."""
    verb: PurgeVerb = Field(sa_type=enum(PurgeVerb))
    rows: int
    up_to: datetime = Field(sa_type=TIMESTAMP)
    """Rows due before this timestamp were purged."""
    ids_sha256: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.SECRET))
    """Hex; SHA-256 over the 16 bytes of each id, ids ascending."""
    policy_version: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    """The version of the retention policy that applied."""
    done_at: datetime = Field(sa_type=TIMESTAMP)
