"""Create, change, disable and enable endpoints, rotate their secrets and replay deliveries."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.events.webhooks import EndpointDisabled
from schemas.outward.webhooks import DeliveryState, EndpointCreate, EndpointState, EndpointUpdate, ReplayCreate
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.rows import locked, require_version
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.access.scope import must_reach
from service.outward.webhooks import rules
from service.outward.webhooks.errors import EndpointNotFound, ReplayTooLarge, ReplayUnbounded, TooManySecrets
from service.outward.webhooks.signing import SECRET_COLUMN, new_secret
from service.outward.webhooks.tables import Delivery, Endpoint, StoredSecret

BY_OWNER = "by_owner"


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
    """Create an endpoint with its first secret. A repeated request returns the endpoint and None as secret.

    Raises: OrganisationNotFound, NotPermitted, ContentDiffers, UrlWithSignIn, AddressNotAllowed, UrlNotHttps,
    EventNotOutward; NotFound if the id belongs to another organisation's endpoint.
    """
    await must_reach(session, actor, request.organisation_id)
    _check_request(request, settings)
    row = Endpoint(
        id=endpoint_id,
        organisation_id=request.organisation_id,
        url=str(request.url),
        event_names=_event_names(request),
        state=EndpointState.ACTIVE,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    endpoint, is_new = await create_once(session, row, "organisation_id")
    if not is_new:
        return endpoint, None
    secret = _add_secret(session, keys, endpoint, actor.at)
    await _record_event(session, actor, EventName.ENDPOINT_CREATED, endpoint)
    return endpoint, secret


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
    endpoint = await _lock_reachable(session, actor, endpoint_id)
    url, event_names = str(request.url), _event_names(request)
    if (endpoint.url, endpoint.event_names) == (url, event_names):
        return endpoint
    require_version(endpoint, expected_version)
    _check_request(request, settings)
    if endpoint.url != url:
        await _reset_attempts(session, endpoint, actor.at)
    endpoint.url, endpoint.event_names = url, event_names
    endpoint.version += 1
    await _record_event(session, actor, EventName.ENDPOINT_CHANGED, endpoint)
    return endpoint


async def add_secret(session: AsyncSession, actor: Actor, endpoint_id: UUID, *, keys: Keys) -> tuple[Endpoint, str]:
    """Add a secret; the older ones expire in 24 hours. Raises EndpointNotFound, NotPermitted, TooManySecrets."""
    endpoint = await _lock_reachable(session, actor, endpoint_id)
    statement = select(StoredSecret).where(StoredSecret.endpoint_id == endpoint_id)
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
    secret = _add_secret(session, keys, endpoint, actor.at)
    await _record_event(session, actor, EventName.ENDPOINT_SECRET_ADDED, endpoint)
    return endpoint, secret


async def enable_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Resume deliveries, oldest first, with all attempts again. Raises EndpointNotFound, NotPermitted."""
    endpoint = await _lock_reachable(session, actor, endpoint_id)
    if endpoint.state is EndpointState.ACTIVE:
        return endpoint
    endpoint.state, endpoint.disabled_reason = EndpointState.ACTIVE, None
    endpoint.version += 1
    await _reset_attempts(session, endpoint, actor.at)
    await _record_event(session, actor, EventName.ENDPOINT_ENABLED, endpoint)
    return endpoint


async def disable_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Stop deliveries; new ones are queued. Raises EndpointNotFound, NotPermitted."""
    endpoint = await _lock_reachable(session, actor, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        return endpoint
    _set_disabled(endpoint, BY_OWNER)
    await _record_event(session, actor, EventName.ENDPOINT_DISABLED, endpoint, EndpointDisabled(reason=BY_OWNER))
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


async def replay_deliveries(session: AsyncSession, actor: Actor, endpoint_id: UUID, request: ReplayCreate) -> int:
    """Queue deliveries again with all attempts. Returns how many.

    Raises EndpointNotFound, NotPermitted, ReplayUnbounded, ReplayTooLarge.
    """
    endpoint = await _lock_reachable(session, actor, endpoint_id)
    conditions = _replay_conditions(endpoint_id, request)
    matching = sa.select(col(Delivery.id)).where(*conditions).limit(rules.MAX_REPLAYED + 1)
    number = await session.scalar(sa.select(sa.func.count()).select_from(matching.subquery())) or 0
    if number > rules.MAX_REPLAYED:
        raise ReplayTooLarge(limit=rules.MAX_REPLAYED)
    await _queue_again(session, endpoint, conditions, actor.at)
    await log_access(
        session, "endpoint.replayed", actor_id=actor.id, subject_id=endpoint_id, facts={"deliveries": number}
    )
    return number


def _replay_conditions(endpoint_id: UUID, request: ReplayCreate) -> list[sa.ColumnElement[bool]]:
    """Translate the request to SQL conditions. Raises ReplayUnbounded."""
    is_bounded = request.delivery_ids is not None or (request.from_at is not None and request.until_at is not None)
    if not is_bounded and not request.only_missing:
        raise ReplayUnbounded
    conditions = [col(Delivery.endpoint_id) == endpoint_id]
    if request.delivery_ids is not None:
        conditions.append(col(Delivery.id).in_(request.delivery_ids))
    # the id of a delivery is a UUIDv7: it begins with the time of its creation
    if request.from_at is not None:
        conditions.append(col(Delivery.id) >= sa.func.uuid7_floor(request.from_at))
    if request.until_at is not None:
        conditions.append(col(Delivery.id) < sa.func.uuid7_floor(request.until_at))
    return [*conditions, _is_undelivered()] if request.only_missing else conditions


def _is_undelivered() -> sa.ColumnElement[bool]:
    """Attempted but not delivered. Literal SQL, so that the planner uses `ix_delivery_undelivered`."""
    return sa.text("delivery.state <> 'delivered' AND delivery.attempts > 0")  # type: ignore[return-value]  # a condition


async def _queue_again(
    session: AsyncSession, endpoint: Endpoint, conditions: list[sa.ColumnElement[bool]], now: datetime
) -> None:
    await (await session.connection()).execute(
        sa.update(Delivery)
        .where(*conditions)
        .values(state=DeliveryState.PENDING, attempts=0, first_attempt_at=None, next_attempt_at=now, delivered_at=None)
    )
    endpoint.wake_count += 1
    endpoint.due_at = now


async def _reset_attempts(session: AsyncSession, endpoint: Endpoint, now: datetime) -> None:
    """Reset the failures of the endpoint and of its pending deliveries; those set aside stay so."""
    endpoint.consecutive_failures, endpoint.paused_until = 0, None
    pending = [
        col(Delivery.endpoint_id) == endpoint.id,
        col(Delivery.state) == DeliveryState.PENDING,
        _is_undelivered(),
    ]
    await _queue_again(session, endpoint, pending, now)


async def _lock_reachable(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Lock the endpoint, before any of its deliveries. Raises EndpointNotFound, NotPermitted."""
    not_found = EndpointNotFound(endpoint_id=str(endpoint_id))

    async def check(endpoint: Endpoint) -> None:
        try:
            await must_reach(session, actor, endpoint.organisation_id)
        except OrganisationNotFound:
            raise not_found from None

    return await locked(session, select(Endpoint).where(Endpoint.id == endpoint_id), not_found, check=check)


def _check_request(request: EndpointCreate | EndpointUpdate, settings: Settings) -> None:
    rules.check_url(
        request.url,
        is_development=settings.environment == "development",
        allowed=settings.webhook_allowed_subnets,
    )
    rules.check_events(request.event_names)


def _event_names(request: EndpointCreate | EndpointUpdate) -> list[str]:
    return sorted({name.value for name in request.event_names})


def _add_secret(session: AsyncSession, keys: Keys, endpoint: Endpoint, now: datetime) -> str:
    secret = new_secret()
    encrypted = keys.encrypt(secret, SECRET_COLUMN)
    session.add(StoredSecret(id=new_id(), endpoint_id=endpoint.id, secret=encrypted, created_at=now))
    return secret


def _set_disabled(endpoint: Endpoint, reason: str) -> None:
    endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason
    endpoint.version += 1


async def _record_event(
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
