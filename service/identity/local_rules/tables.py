"""`local_rule`: append-only, so that what held on a past day can be told."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP


class LocalRule(SQLModel, table=True):
    """A figure from a day on, until a later day's; of two for the same day, the later one recorded.

    The service's role can neither change nor remove one. The database refuses a day before the recording.
    """

    __tablename__ = "local_rule"
    __table_args__ = (
        sa.CheckConstraint("valid_from >= CAST(timezone('Asia/Shanghai', recorded_at) AS date)", name="not_backdated"),
        sa.UniqueConstraint("organisation_id", "key", "number", name="uq_local_rule_number"),
        sa.Index("ix_local_rule_newest", "organisation_id", "key", sa.text("valid_from DESC"), sa.text("number DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "key",
        "value",
        "valid_from",
        "author_id",
        "recorded_at",
        "number",
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    key: str = Field(sa_type=sa.Text)
    """A `RuleKey`; what was set under a name stays readable though the name be dropped."""
    value: int | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    """None: withdrawn; what is set above holds again."""
    valid_from: date
    source: str = Field(sa_type=sa.Text)
    author_id: UUID = Field(foreign_key="person.id", index=True)
    recorded_at: datetime = Field(sa_type=TIMESTAMP)
    number: int
    request_fingerprint: bytes = Field(sa_type=BYTES)
