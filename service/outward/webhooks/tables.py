"""`endpoint`, `endpoint_secret`, `delivery` (partitioned by its server-made id)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.outward.webhooks import DeliveryState, EndpointState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TEXTS, TIMESTAMP, Encrypted, enum


class Endpoint(SQLModel, table=True):
    """Where an organisation wants to hear of events, and the state of its delivery lane.

    `wakes` counts the batches put in line: a lane that releases its lease compares it, so that nothing put in
    line meanwhile is slept through.
    """

    __tablename__ = "endpoint"
    __table_args__ = (
        sa.Index("ix_endpoint_due_at", "due_at", postgresql_where=sa.text("state = 'active' AND due_at IS NOT NULL")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "event_names",
        "state",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    url: str = Field(sa_type=sa.Text)
    event_names: list[str] = Field(sa_type=TEXTS)
    state: EndpointState = Field(sa_type=enum(EndpointState))
    disabled_reason: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)
    # the lane
    due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    wakes: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": sa.text("0")})
    leased_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    lease_id: UUID | None = Field(default=None)
    paused_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    failures_in_a_row: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    last_success_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class EndpointSecretKept(SQLModel, table=True):
    """A signing secret, encrypted; several may live while one is being replaced (24 h overlap)."""

    __tablename__ = "endpoint_secret"

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="endpoint.id", index=True)
    secret: bytes = Field(sa_type=Encrypted)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    expires_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class Delivery(SQLModel, table=True):
    """One event on its way to one endpoint. No foreign key: nothing points at a partitioned table.

    `attempts` = 0 is a fresh one, to be sent at once; the few with attempts behind them hold up later events of
    their subject, so that they have an index of their own.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index(
            "ix_delivery_waiting",
            "endpoint_id",
            "position",
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(
            "ix_delivery_held",
            "endpoint_id",
            "subject_id",
            "position",
            postgresql_where=sa.text("state <> 'delivered' AND attempts > 0"),
        ),
        sa.Index("ix_delivery_endpoint_id", "endpoint_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID
    event_id: UUID
    event_name: str = Field(sa_type=sa.Text)
    subject_id: UUID
    position: int = Field(sa_type=sa.BigInteger)
    state: DeliveryState = Field(sa_type=enum(DeliveryState))
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    first_attempt_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    next_attempt_at: datetime = Field(sa_type=TIMESTAMP)
    last_status: int | None = Field(default=None)
    last_answer: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
