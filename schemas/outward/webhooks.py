"""Webhook endpoints and deliveries as they cross the wire."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, HttpUrl

from schemas.events import EventName
from schemas.foundation.common import RequestModel, ResponseModel, Timestamp


class EndpointState(StrEnum):
    """A disabled endpoint keeps its deliveries until it is enabled again."""

    ACTIVE = "active"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """`set_aside`: it kept failing while others passed; later events of its subject wait behind it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SET_ASIDE = "set_aside"


class EndpointCreate(RequestModel):
    """Where an organisation wants to hear of events."""

    organisation_id: UUID
    url: HttpUrl
    event_names: Annotated[list[EventName], Field(min_length=1, max_length=50)]


class EndpointUpdate(RequestModel):
    """New address or events of an endpoint."""

    url: HttpUrl
    event_names: Annotated[list[EventName], Field(min_length=1, max_length=50)]


class EndpointOut(ResponseModel):
    """An endpoint, without its secrets."""

    id: UUID
    organisation_id: UUID
    url: str
    event_names: list[EventName]
    state: EndpointState
    disabled_reason: str | None
    failures_in_a_row: int
    last_success_at: Timestamp | None
    paused_until: Timestamp | None
    created_at: Timestamp
    version: int


class EndpointSecret(ResponseModel):
    """A signing secret, shown this once; Standard Webhooks form `whsec_…`."""

    endpoint: EndpointOut
    secret: str | None
    """Null when the same request is repeated: a secret is shown once only. Add a new one if it was lost."""


class DeliveryOut(ResponseModel):
    """One event on its way to one endpoint, with what came back last."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_name: EventName
    subject_id: UUID
    state: DeliveryState
    attempts: int
    next_attempt_at: Timestamp
    last_status: int | None
    last_answer: str | None
    created_at: Timestamp
    delivered_at: Timestamp | None


class ReplayCreate(RequestModel):
    """Which deliveries to send again: these, or all of a stretch of time, or only those that never arrived."""

    delivery_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    from_at: Timestamp | None = None
    until_at: Timestamp | None = None
    only_missing: bool = False


class ReplayOut(ResponseModel):
    """How many deliveries were put in line again."""

    replayed: int
