"""`event` (append-only, partitioned by its server-made id), the feed made of it, seals, timers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TEXTS, TIMESTAMP, UUIDS, TransactionId

FIRST_EPOCH = 1


class Event(SQLModel, table=True):
    """One fact. `transaction_id` orders it for the relay; `digest` is that of its subject's lasting columns."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_order", "epoch", "transaction_id", "id"),
        sa.Index("ix_event_subject", "subject_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: UUID = Field(primary_key=True)
    epoch: int = Field(sa_column_kwargs={"server_default": sa.text("1")})
    transaction_id: int = Field(
        sa_type=TransactionId, sa_column_kwargs={"server_default": sa.text("pg_current_xact_id()")}
    )
    name: str = Field(sa_type=sa.Text)
    subject_id: UUID
    organisation_ids: list[UUID] = Field(sa_type=UUIDS)
    """The organisations that find it in their feed."""
    person_ids: list[UUID] = Field(sa_type=UUIDS)
    """The persons that find it in their feed."""
    actor_id: UUID | None = Field(default=None)
    """Who did it: a person or a service client; None for the system itself."""
    occurred_at: datetime = Field(sa_type=TIMESTAMP)
    recorded_at: datetime = Field(sa_type=TIMESTAMP, sa_column_kwargs={"server_default": sa.text("now()")})
    payload: dict[str, Any] = Field(sa_type=JSON)
    digest: bytes = Field(sa_type=BYTES)


class Epoch(SQLModel, table=True):
    """An unbroken stretch of the feed; a restore or failover opens the next one (DESIGN §5.1)."""

    __tablename__ = "epoch"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_position: int = Field(sa_type=sa.BigInteger)
    reason: str = Field(sa_type=sa.Text)
    opened_at: datetime = Field(sa_type=TIMESTAMP)


class Relay(SQLModel, table=True):
    """The one row that says how far the relay has read and which position it gave last."""

    __tablename__ = "relay"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    epoch: int
    transaction_id: int = Field(sa_type=TransactionId)
    event_id: UUID
    position: int = Field(sa_type=sa.BigInteger)


class Feed(SQLModel, table=True):
    """The commit-ordered list of events, without holes. `position` is given by the relay alone."""

    __tablename__ = "feed"

    position: int = Field(sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)


class Audience(SQLModel, table=True):
    """Which positions concern a reader: a person or an organisation."""

    __tablename__ = "audience"

    reader_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})


class Seal(SQLModel, table=True):
    """One sealed stretch of a chain; `hash` covers the one before and every row within."""

    __tablename__ = "seal"

    chain: str = Field(sa_type=sa.Text, primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_key: list[str] = Field(sa_type=TEXTS)
    last_key: list[str] = Field(sa_type=TEXTS)
    rows: int
    hash: bytes = Field(sa_type=BYTES)
    marks: bytes = Field(sa_type=BYTES, sa_column_kwargs={"server_default": ""})
    """The first eight bytes of each row's hash, in order: by them a touched row is found. Empty in early seals."""
    sealed_at: datetime = Field(sa_type=TIMESTAMP)


class Timer(SQLModel, table=True):
    """Something is due at a moment: a row, so it can be paused, recomputed and tested over years (DESIGN §5.4)."""

    __tablename__ = "timer"
    __table_args__ = (sa.Index("ix_timer_due_at", "due_at"),)

    subject_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text, primary_key=True)
    due_at: datetime = Field(sa_type=TIMESTAMP)
