"""Enable an endpoint."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.outward.webhooks import EndpointState
from service.identity.access.actor import Actor
from service.outward.webhooks.actions.delivery_queue import reset_attempts
from service.outward.webhooks.actions.endpoint_steps import lock_endpoint, record_endpoint_event
from service.outward.webhooks.tables import Endpoint


async def enable_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Resume deliveries, oldest first, with all attempts again. Raises EndpointNotFound, NotPermitted."""
    endpoint = await lock_endpoint(session, actor, endpoint_id)
    if endpoint.state is EndpointState.ACTIVE:
        return endpoint
    endpoint.state, endpoint.disabled_reason = EndpointState.ACTIVE, None
    endpoint.version += 1
    await reset_attempts(session, endpoint, actor.at)
    await record_endpoint_event(session, actor, EventName.ENDPOINT_ENABLED, endpoint)
    return endpoint
