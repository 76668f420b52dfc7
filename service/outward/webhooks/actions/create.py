"""Create an endpoint."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.outward.webhooks import EndpointCreate, EndpointState
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.identity.access.scope import must_reach
from service.outward.webhooks.actions.endpoint_steps import (
    check_request,
    event_names,
    record_endpoint_event,
    store_new_secret,
)
from service.outward.webhooks.tables import Endpoint


async def create_endpoint(
    session: AsyncSession,
    actor: Actor,
    endpoint_id: UUID,
    request: EndpointCreate,
    *,
    request_fingerprint: bytes,
    settings: Settings,
    keys: Keys,
) -> tuple[Endpoint, str | None]:
    """Create an endpoint with its first secret. A repeated request returns None as the secret.

    Raises: OrganisationNotFound, NotPermitted, ContentDiffers, UrlWithSignIn, AddressNotAllowed, UrlNotHttps,
    EventNotOutward; NotFound if the id belongs to another organisation's endpoint.
    """
    await must_reach(session, actor, request.organisation_id)
    check_request(request, settings)
    row = Endpoint(
        id=endpoint_id,
        organisation_id=request.organisation_id,
        url=str(request.url),
        event_names=event_names(request),
        state=EndpointState.ACTIVE,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    endpoint, is_new = await create_once(session, row, "organisation_id")
    if not is_new:
        return endpoint, None
    secret = store_new_secret(session, keys, endpoint, actor.at)
    await record_endpoint_event(session, actor, EventName.ENDPOINT_CREATED, endpoint)
    return endpoint, secret
