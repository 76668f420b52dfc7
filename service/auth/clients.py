"""Systems that act for an organisation: created, their secret renewed, ended; signing in as one."""

import secrets
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.auth import ClientSignIn, ServiceClientAsked
from schemas.events import EventName
from service.access.actor import Actor
from service.access.log import log_access
from service.access.scope import must_reach
from service.auth.errors import SignInFailed
from service.auth.passwords import Passwords
from service.auth.refreshing import SignedIn
from service.auth.tables import ServiceClient
from service.auth.tokens import Principal
from service.core.once import create_once
from service.events.record import record


async def sign_in_client(session: AsyncSession, passwords: Passwords, asked: ClientSignIn) -> SignedIn:
    """Which service client signs in. Raises SignInFailed."""
    client = await session.get(ServiceClient, asked.client_id)
    live = client if client and client.ended_at is None else None
    if not await passwords.verify(asked.client_secret, live.secret_hash if live else None) or not live:
        raise SignInFailed
    await log_access(session, "auth.client_signed_in", actor_id=live.id, subject_id=live.id)
    return SignedIn(Principal(live.id, live.organisation_id))


async def create_client(
    session: AsyncSession,
    passwords: Passwords,
    actor: Actor,
    client_id: UUID,
    asked: ServiceClientAsked,
    sameness: bytes,
) -> tuple[ServiceClient, str | None]:
    """A service client of an organisation and its secret; no secret when the same request is repeated.

    Raises OrganisationNotFound, NotPermitted, ContentDiffers, and NotFound for another's id.
    """
    await must_reach(session, actor, asked.organisation_id)
    secret = secrets.token_urlsafe(32)
    row = ServiceClient(
        id=client_id,
        organisation_id=asked.organisation_id,
        name=asked.name,
        secret_hash=await passwords.hash(secret),
        created_at=actor.at,
        sameness=sameness,
    )
    client, is_new = await create_once(session, row, "organisation_id")
    if not is_new:
        return client, None
    await record(
        session,
        EventName.SERVICE_CLIENT_CREATED,
        client,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[asked.organisation_id],
    )
    await log_access(session, "auth.client_created", actor_id=actor.id, subject_id=client_id)
    return client, secret
