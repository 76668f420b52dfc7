"""Systems that act for an organisation: created, their secret renewed, ended; signing in as one."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.identity.auth import ClientPurpose, ClientSignIn, ServiceClientCreate, ServiceClientQuery
from service.foundation.creation import create_once
from service.foundation.db import AutocommitPool
from service.foundation.events.record import record
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.rows import locked
from service.identity.access.access_log import log_access, log_refusal
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.roles import may_create_client
from service.identity.access.scope import must_reach, reachable, roles_over
from service.identity.auth.errors import ServiceClientEnded, ServiceClientNotFound, SignInFailed
from service.identity.auth.passwords import Passwords
from service.identity.auth.refreshing import SignedIn
from service.identity.auth.sign_in import Ways
from service.identity.auth.tables import ServiceClient
from service.identity.auth.tokens import Principal


async def sign_in_client(
    pool: AutocommitPool, session: AsyncSession, ways: Ways, request: ClientSignIn, address: str, now: datetime
) -> SignedIn:
    """Which service client signs in.

    Raises SignInFailed; a failure is counted and on record although the request is refused.
    """
    passwords = ways.passwords
    client = await session.get(ServiceClient, request.client_id)
    live = client if client and client.ended_at is None else None
    if not live or not await _fits(passwords, request.client_secret, live, now):
        if not live:
            await passwords.verify(request.client_secret, None)
        known = client.id if client else None
        await ways.attempts.count_failed_system(pool, address, now)
        await log_refusal(pool, "auth.client_sign_in_failed", subject_id=known, facts={})
        raise SignInFailed
    await log_access(session, "auth.client_signed_in", actor_id=live.id, subject_id=live.id)
    return SignedIn(Principal(live.id, live.organisation_id))


async def _fits(passwords: Passwords, secret: str, client: ServiceClient, now: datetime) -> bool:
    """Whether it is the newest secret, or the one before while both hold."""
    hashes = [client.next_secret_hash] if client.next_secret_hash else []
    if client.old_secret_until is None or now < client.old_secret_until:
        hashes.append(client.secret_hash)
    return any([await passwords.verify(secret, one) for one in hashes])


async def create_client(
    session: AsyncSession,
    passwords: Passwords,
    actor: Actor,
    client_id: UUID,
    request: ServiceClientCreate,
    request_fingerprint: bytes,
) -> tuple[ServiceClient, str | None]:
    """A service client of an organisation and its secret; no secret when the same request is repeated.

    Raises OrganisationNotFound, NotPermitted, ContentDiffers, and NotFound for another's id.
    """
    await must_reach(session, actor, request.organisation_id)
    await _must_set_up(session, actor, request.organisation_id, request.purpose)
    secret = secrets.token_urlsafe(32)
    row = ServiceClient(
        id=client_id,
        organisation_id=request.organisation_id,
        name=request.name,
        purpose=request.purpose,
        secret_hash=await passwords.hash(secret),
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    client, is_new = await create_once(session, row, "organisation_id")
    if not is_new:
        return client, None
    await _record_event(session, EventName.SERVICE_CLIENT_CREATED, client, actor)
    await log_access(session, "auth.client_created", actor_id=actor.id, subject_id=client_id)
    return client, secret


async def renew_secret(
    session: AsyncSession, passwords: Passwords, actor: Actor, client_id: UUID, overlap: timedelta
) -> tuple[ServiceClient, str]:
    """A new secret, told this once; the one in use goes on for the overlap.

    RequestModel again within it (the answer was lost), the new one is replaced and the one in use still goes on.
    Raises ServiceClientNotFound, NotPermitted, ServiceClientEnded.
    """
    client = await _in_reach(session, actor, client_id)
    await _must_set_up(session, actor, client.organisation_id, client.purpose)
    if client.ended_at:
        raise ServiceClientEnded(ended_at=client.ended_at)
    secret = secrets.token_urlsafe(32)
    secret_hash = await passwords.hash(secret)
    is_overlapping = client.old_secret_until is not None and actor.at < client.old_secret_until
    if not is_overlapping:
        client.secret_hash = client.next_secret_hash or client.secret_hash
        client.old_secret_until = actor.at + overlap
    client.next_secret_hash = secret_hash
    client.version += 1
    await _record_event(session, EventName.SERVICE_CLIENT_SECRET_RENEWED, client, actor)
    await log_access(session, "auth.client_secret_renewed", actor_id=actor.id, subject_id=client_id)
    return client, secret


async def end_client(session: AsyncSession, actor: Actor, client_id: UUID) -> ServiceClient:
    """No secret of it is good any more; ended before, it stays so. Raises ServiceClientNotFound.

    A token it holds works until it has run out, ten minutes at most; what it may for its purpose ends at once.
    """
    client = await _in_reach(session, actor, client_id)
    if client.ended_at is None:
        client.ended_at = actor.at
        client.version += 1
        await _record_event(session, EventName.SERVICE_CLIENT_ENDED, client, actor)
        await log_access(session, "auth.client_ended", actor_id=actor.id, subject_id=client_id)
    return client


async def page(session: AsyncSession, actor: Actor, query: ServiceClientQuery) -> Slice[ServiceClient]:
    """Service clients of organisations in reach, newest first, ended ones among them."""
    statement = filter_equal(_seen(actor), ServiceClient, query, "organisation_id")
    return await page_newest_first(session, statement, col(ServiceClient.created_at), col(ServiceClient.id), query)


def _seen(actor: Actor) -> SelectOfScalar[ServiceClient]:
    return select(ServiceClient).where(col(ServiceClient.organisation_id).in_(reachable(actor)))


async def _must_set_up(session: AsyncSession, actor: Actor, organisation_id: UUID, purpose: ClientPurpose) -> None:
    """Raises NotPermitted for a purpose beyond what the actor may give."""
    if not may_create_client(await roles_over(session, actor, organisation_id), purpose):
        raise NotPermitted(permission=actor.permission)


async def _in_reach(session: AsyncSession, actor: Actor, client_id: UUID) -> ServiceClient:
    statement = _seen(actor).where(ServiceClient.id == client_id)
    return await locked(session, statement, ServiceClientNotFound(client_id=str(client_id)), of=ServiceClient)


async def _record_event(session: AsyncSession, name: EventName, client: ServiceClient, actor: Actor) -> None:
    await record(
        session, name, client, actor=actor.event_actor, occurred_at=actor.at, organisations=[client.organisation_id]
    )
