"""Rotate the secret of an endpoint."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.crypto import Keys
from service.identity.access.actor import Actor
from service.outward.webhooks import rules
from service.outward.webhooks.actions.endpoint_steps import lock_endpoint, record_endpoint_event, store_new_secret
from service.outward.webhooks.errors import TooManySecrets
from service.outward.webhooks.tables import Endpoint, EndpointSecret


async def add_secret(session: AsyncSession, actor: Actor, endpoint_id: UUID, *, keys: Keys) -> tuple[Endpoint, str]:
    """Add a secret; the older ones expire in 24 hours.

    Raises: EndpointNotFound, NotPermitted, TooManySecrets.
    """
    endpoint = await lock_endpoint(session, actor, endpoint_id)
    statement = select(EndpointSecret).where(EndpointSecret.endpoint_id == endpoint_id)
    live_count = 0
    for row in (await session.exec(statement)).all():
        if row.expires_at and row.expires_at <= actor.at:
            await session.delete(row)
            continue
        live_count += 1
        ends_at = actor.at + rules.SECRET_OVERLAP
        row.expires_at = min(row.expires_at or ends_at, ends_at)
    if live_count >= rules.MAX_LIVE_SECRETS:
        raise TooManySecrets(limit=rules.MAX_LIVE_SECRETS)
    secret = store_new_secret(session, keys, endpoint, actor.at)
    await record_endpoint_event(session, actor, EventName.ENDPOINT_SECRET_ADDED, endpoint)
    return endpoint, secret
