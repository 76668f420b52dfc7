"""Disable an endpoint: by its owner, or because its receiver fails."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.webhooks import EndpointDisabled
from schemas.outward.webhooks import EndpointState
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.identity.access.actor import Actor
from service.outward.webhooks.actions.endpoint_steps import lock_endpoint, record_endpoint_event
from service.outward.webhooks.tables import Endpoint

BY_OWNER = "by_owner"


async def disable_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Stop deliveries; new ones are queued. Raises EndpointNotFound, NotPermitted."""
    endpoint = await lock_endpoint(session, actor, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        return endpoint
    _set_disabled(endpoint, BY_OWNER)
    await record_endpoint_event(
        session, actor, EventName.ENDPOINT_DISABLED, endpoint, EndpointDisabled(reason=BY_OWNER)
    )
    return endpoint


async def disable_failing_endpoint(session: AsyncSession, endpoint_id: UUID, reason: str, now: datetime) -> None:
    """Disable an endpoint whose receiver fails. Its owner gets the event `endpoint.disabled`."""
    endpoint = (await session.exec(select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update())).one()
    if endpoint.state is EndpointState.DISABLED:
        return
    _set_disabled(endpoint, reason)
    await record(
        session,
        EventName.ENDPOINT_DISABLED,
        endpoint,
        actor=SYSTEM,
        occurred_at=now,
        organisations=[endpoint.organisation_id],
        payload=EndpointDisabled(reason=reason),
    )


def _set_disabled(endpoint: Endpoint, reason: str) -> None:
    endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason
    endpoint.version += 1
