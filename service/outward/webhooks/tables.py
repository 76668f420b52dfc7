"""Tables `endpoint`, `endpoint_secret` and `delivery` (partitioned by its id, a UUIDv7)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.outward.webhooks import DeliveryState, EndpointState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TEXTS, TIMESTAMP, DataClass, Encrypted, classified, enum


class Endpoint(SQLModel, table=True):
    """A webhook endpoint of an organisation, and the state of its delivery queue.

    `wake_count` counts the batches queued so far. A run that ends its lease compares it with the count at its start, so
    that it does not miss deliveries queued in between.
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
    url: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    event_names: list[str] = Field(sa_type=TEXTS, sa_column_kwargs=classified(DataClass.NONE))
    state: EndpointState = Field(sa_type=enum(EndpointState))
    disabled_reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
    # the delivery queue
    due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    wake_count: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": sa.text("0")})
    leased_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    lease_id: UUID | None = Field(default=None)
    paused_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    consecutive_failures: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    last_success_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class EndpointSecret(SQLModel, table=True):
    """An encrypted signing secret. While one is replaced, the old one stays valid for 24 hours."""

    __tablename__ = "endpoint_secret"

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="endpoint.id", index=True)
    secret: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.SECRET))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    expires_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class Delivery(SQLModel, table=True):
    """One event to be delivered to one endpoint. Without foreign keys, as `event` is a partitioned table.

    With `attempts` = 0 it is new and sent at once. The few failed ones hold back later events of the same subject, so
    they have an index of their own.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index(
            "ix_delivery_pending",
            "endpoint_id",
            "position",
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(
            "ix_delivery_undelivered",
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
    event_name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    subject_id: UUID
    position: int = Field(sa_type=sa.BigInteger)
    state: DeliveryState = Field(sa_type=enum(DeliveryState))
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    first_attempt_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    next_attempt_at: datetime = Field(sa_type=TIMESTAMP)
    last_status: int | None = Field(default=None)
    last_response: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
