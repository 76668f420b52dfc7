"""`local_rule`: append-only, so that the value in force on a past day can be computed."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified


class LocalRule(SQLModel, table=True):
    """A value from a day on, until another row starts.

    Of two rows for one day, the one recorded later counts. The service role cannot change or delete rows. The database
    refuses a `valid_from` before the day of recording.
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
    key: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    """A `RuleKey`. Text, so that old rows stay readable after a key is removed."""
    value: int | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), sa_column_kwargs=classified(DataClass.NONE)
    )
    """None: withdrawn; the value of a superior organisation or the default is in force again."""
    valid_from: date
    source: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    author_id: UUID = Field(foreign_key="person.id", index=True)
    recorded_at: datetime = Field(sa_type=TIMESTAMP)
    number: int
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
