"""Request and response models of webhook endpoints and deliveries."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, HttpUrl

from schemas.events import EventName
from schemas.foundation.common import PageQuery, RequestModel, ResponseModel, Timestamp


class EndpointState(StrEnum):
    """State of an endpoint. A disabled endpoint queues its deliveries until it is enabled again."""

    ACTIVE = "active"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """State of a delivery. `set_aside`: all attempts failed; its subject waits for a replay."""

    PENDING = "pending"
    DELIVERED = "delivered"
    SET_ASIDE = "set_aside"


class EndpointCreate(RequestModel):
    """A new webhook endpoint of an organisation."""

    organisation_id: UUID
    url: HttpUrl
    event_names: Annotated[list[EventName], Field(min_length=1, max_length=50)]


class EndpointUpdate(RequestModel):
    """The new address and events of an endpoint."""

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
    """`by_owner`, `gone` (the receiver answered 410) or `exhausted` (all attempts failed); null while active."""
    consecutive_failures: int
    """Failed attempts since the last success."""
    last_success_at: Timestamp | None
    paused_until: Timestamp | None
    """Nothing is sent before this time, because the receiver failed several times."""
    created_at: Timestamp
    version: int


class EndpointSecretOut(ResponseModel):
    """An endpoint and a new signing secret in the Standard Webhooks form `whsec_…`."""

    endpoint: EndpointOut
    secret: str | None
    """Null when the same request is repeated: a secret is shown once. If it is lost, add a new one."""


class DeliveryOut(ResponseModel):
    """The delivery of one event to one endpoint, with the response to the last attempt."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_name: EventName
    subject_id: UUID
    state: DeliveryState
    attempts: int
    next_attempt_at: Timestamp
    last_status: int | None
    """HTTP status of the last response; null without a response."""
    last_response: str | None
    """The first 2048 bytes of the last response, or the reason why there was none."""
    created_at: Timestamp
    delivered_at: Timestamp | None


class ReplayCreate(RequestModel):
    """Which deliveries to send again: by id, by time range, or only those that were not delivered."""

    delivery_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    from_at: Timestamp | None = None
    until_at: Timestamp | None = None
    only_missing: bool = False
    """Only deliveries that were attempted and not delivered."""


class ReplayOut(ResponseModel):
    """How many deliveries were queued again."""

    replayed: int


class DeliveryQuery(PageQuery):
    """Filter of the deliveries of an endpoint."""

    state: DeliveryState | None = None
