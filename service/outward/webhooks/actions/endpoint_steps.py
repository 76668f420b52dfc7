"""Shared steps of the endpoint actions: lock, check the request, store a secret, record the event."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.outward.webhooks import EndpointCreate, EndpointUpdate
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.rows import locked
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.access.scope import must_reach
from service.outward.webhooks import rules
from service.outward.webhooks.errors import EndpointNotFound
from service.outward.webhooks.signing import SECRET_COLUMN, new_secret
from service.outward.webhooks.tables import Endpoint, EndpointSecret


async def lock_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Lock the endpoint, before any of its deliveries. Raises EndpointNotFound, NotPermitted."""
    not_found = EndpointNotFound(endpoint_id=str(endpoint_id))

    async def check(endpoint: Endpoint) -> None:
        try:
            await must_reach(session, actor, endpoint.organisation_id)
        except OrganisationNotFound:
            raise not_found from None

    return await locked(session, select(Endpoint).where(Endpoint.id == endpoint_id), not_found, check=check)


def check_request(request: EndpointCreate | EndpointUpdate, settings: Settings) -> None:
    """Raises UrlWithSignIn, AddressNotAllowed, UrlNotHttps, EventNotOutward."""
    rules.check_url(
        request.url,
        is_development=settings.environment == "development",
        allowed=settings.webhook_allowed_subnets,
    )
    rules.check_events(request.event_names)


def event_names(request: EndpointCreate | EndpointUpdate) -> list[str]:
    """The requested event names, sorted, each once."""
    return sorted({name.value for name in request.event_names})


def store_new_secret(session: AsyncSession, keys: Keys, endpoint: Endpoint, now: datetime) -> str:
    """Create a secret, store it encrypted and return it in clear text."""
    secret = new_secret()
    encrypted = keys.encrypt(secret, SECRET_COLUMN)
    session.add(EndpointSecret(id=new_id(), endpoint_id=endpoint.id, secret=encrypted, created_at=now))
    return secret


async def record_endpoint_event(
    session: AsyncSession, actor: Actor, name: EventName, endpoint: Endpoint, payload: Payload | None = None
) -> None:
    """Record the event and, as this is administration, an entry of the access log."""
    await record(
        session,
        name,
        endpoint,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[endpoint.organisation_id],
        payload=payload,
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=endpoint.id)
