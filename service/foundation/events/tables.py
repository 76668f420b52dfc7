"""Tables of events, epochs, relay, feed, audience, chain heads and timers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TEXTS, TIMESTAMP, UUIDS, DataClass, TransactionId, classified, enum
from service.foundation.events.actors import ActorKind


class Event(SQLModel, table=True):
    """One event. The relay orders events by `transaction_id`.

    `digest` is the digest of the subject's digest columns.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.CheckConstraint("(actor_id IS NULL) = (actor_kind IN ('resident', 'system'))", name="actor_named"),
        sa.Index("ix_event_order", "epoch", "transaction_id", "id"),
        sa.Index("ix_event_subject", "subject_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: UUID = Field(primary_key=True)
    epoch: int = Field(sa_column_kwargs={"server_default": sa.text("1")})
    transaction_id: int = Field(
        sa_type=TransactionId, sa_column_kwargs={"server_default": sa.text("pg_current_xact_id()")}
    )
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    subject_id: UUID
    organisation_ids: list[UUID] = Field(sa_type=UUIDS, sa_column_kwargs=classified(DataClass.NONE))
    """The organisations that get the event in their feed."""
    person_ids: list[UUID] = Field(sa_type=UUIDS)
    """The persons who get the event in their feed."""
    actor_kind: ActorKind = Field(sa_type=enum(ActorKind))
    actor_id: UUID | None = Field(default=None)
    """The person or the service client; None for a resident or the system."""
    occurred_at: datetime = Field(sa_type=TIMESTAMP)
    recorded_at: datetime = Field(sa_type=TIMESTAMP, sa_column_kwargs={"server_default": sa.text("now()")})
    payload: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL))
    digest: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))


class Epoch(SQLModel, table=True):
    """A period in which feed positions are continuous.

    A restore or failover opens the next epoch (DESIGN §5.1).
    """

    __tablename__ = "epoch"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_position: int = Field(sa_type=sa.BigInteger)
    reason: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    opened_at: datetime = Field(sa_type=TIMESTAMP)


class Relay(SQLModel, table=True):
    """The state of the outbox relay (one row): last event read, last position assigned."""

    __tablename__ = "relay"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    epoch: int
    transaction_id: int = Field(sa_type=TransactionId)
    event_id: UUID
    position: int = Field(sa_type=sa.BigInteger)


class Feed(SQLModel, table=True):
    """The events in commit order, without gaps. Only the relay assigns `position`."""

    __tablename__ = "feed"

    position: int = Field(sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: UUID = Field(unique=True)


class Audience(SQLModel, table=True):
    """The feed positions of each reader (a person or an organisation)."""

    __tablename__ = "audience"

    reader_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=sa.BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})


class ChainHead(SQLModel, table=True):
    """The head of a hash chain after a segment of rows.

    `hash` covers the previous head and each row of the segment.
    """

    __tablename__ = "chain_head"

    chain: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_key: list[str] = Field(sa_type=TEXTS, sa_column_kwargs=classified(DataClass.NONE))
    last_key: list[str] = Field(sa_type=TEXTS, sa_column_kwargs=classified(DataClass.NONE))
    rows: int
    hash: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    marks: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    """The first eight bytes of each row's hash, in order. They locate a changed row."""
    created_at: datetime = Field(sa_type=TIMESTAMP)


class Timer(SQLModel, table=True):
    """An action that is due at a timestamp.

    As a row it can be paused, moved and tested over years (DESIGN §5.4).
    """

    __tablename__ = "timer"
    __table_args__ = (sa.Index("ix_timer_due_at", "due_at"),)

    subject_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    due_at: datetime = Field(sa_type=TIMESTAMP)
