"""Change an endpoint."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.outward.webhooks import EndpointUpdate
from service.foundation.rows import require_version
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.outward.webhooks.actions.delivery_queue import reset_attempts
from service.outward.webhooks.actions.endpoint_steps import (
    check_request,
    event_names,
    lock_endpoint,
    record_endpoint_event,
)
from service.outward.webhooks.tables import Endpoint


async def change_endpoint(
    session: AsyncSession,
    actor: Actor,
    endpoint_id: UUID,
    request: EndpointUpdate,
    *,
    expected_version: int,
    settings: Settings,
) -> Endpoint:
    """Change the address or the events of an endpoint.

    Raises: EndpointNotFound, NotPermitted, VersionStale, UrlWithSignIn, AddressNotAllowed, UrlNotHttps,
    EventNotOutward.
    """
    endpoint = await lock_endpoint(session, actor, endpoint_id)
    url, names = str(request.url), event_names(request)
    if (endpoint.url, endpoint.event_names) == (url, names):
        return endpoint
    require_version(endpoint, expected_version)
    check_request(request, settings)
    if endpoint.url != url:
        await reset_attempts(session, endpoint, actor.at)
    endpoint.url, endpoint.event_names = url, names
    endpoint.version += 1
    await record_endpoint_event(session, actor, EventName.ENDPOINT_CHANGED, endpoint)
    return endpoint
