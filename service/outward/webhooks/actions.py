"""Making, changing, disabling and enabling endpoints, renewing their secrets, sending deliveries again."""

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
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.access.scope import must_reach
from service.outward.webhooks import rules
from service.outward.webhooks.errors import EndpointNotFound, ReplayTooLarge, ReplayUnbounded, TooManySecrets
from service.outward.webhooks.signing import SECRET_COLUMN, new_secret
from service.outward.webhooks.tables import Delivery, Endpoint, EndpointSecretKept

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
    """An endpoint and its first secret; no secret when the same request is repeated.

    Raises OrganisationNotFound, NotPermitted, ContentDiffers, what `rules` refuse, and NotFound for another's id.
    """
    await must_reach(session, actor, request.organisation_id)
    _check(request, settings)
    row = Endpoint(
        id=endpoint_id,
        organisation_id=request.organisation_id,
        url=str(request.url),
        event_names=_names(request),
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
    based_on: int,
    settings: Settings,
) -> Endpoint:
    """Change address or events. Raises EndpointNotFound, NotPermitted, VersionStale, and what `rules` refuse."""
    endpoint = await _reachable(session, actor, endpoint_id)
    url, names = str(request.url), _names(request)
    if (endpoint.url, endpoint.event_names) == (url, names):
        return endpoint
    if endpoint.version != based_on:
        raise VersionStale(current_version=endpoint.version)
    _check(request, settings)
    if endpoint.url != url:
        await _begin_afresh(session, endpoint, actor.at)
    endpoint.url, endpoint.event_names = url, names
    endpoint.version += 1
    await _record_event(session, actor, EventName.ENDPOINT_CHANGED, endpoint)
    return endpoint


async def add_secret(session: AsyncSession, actor: Actor, endpoint_id: UUID, *, keys: Keys) -> tuple[Endpoint, str]:
    """A new secret; the others go on signing for 24 hours. Raises EndpointNotFound, NotPermitted, TooManySecrets."""
    endpoint = await _reachable(session, actor, endpoint_id)
    statement = select(EndpointSecretKept).where(EndpointSecretKept.endpoint_id == endpoint_id)
    live = 0
    for row in (await session.exec(statement)).all():
        if row.expires_at and row.expires_at <= actor.at:
            await session.delete(row)
            continue
        live += 1
        ends_at = actor.at + rules.SECRET_OVERLAP
        row.expires_at = min(row.expires_at or ends_at, ends_at)
    if live >= rules.SECRETS_AT_ONCE:
        raise TooManySecrets(limit=rules.SECRETS_AT_ONCE)
    secret = _add_secret(session, keys, endpoint, actor.at)
    await _record_event(session, actor, EventName.ENDPOINT_SECRET_ADDED, endpoint)
    return endpoint, secret


async def enable(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Go on delivering, oldest first, with all tries anew. Raises EndpointNotFound, NotPermitted."""
    endpoint = await _reachable(session, actor, endpoint_id)
    if endpoint.state is EndpointState.ACTIVE:
        return endpoint
    endpoint.state, endpoint.disabled_reason = EndpointState.ACTIVE, None
    endpoint.version += 1
    await _begin_afresh(session, endpoint, actor.at)
    await _record_event(session, actor, EventName.ENDPOINT_ENABLED, endpoint)
    return endpoint


async def disable(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Stop delivering; what comes in meanwhile waits. Raises EndpointNotFound, NotPermitted."""
    endpoint = await _reachable(session, actor, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        return endpoint
    _stop(endpoint, BY_OWNER)
    await _record_event(session, actor, EventName.ENDPOINT_DISABLED, endpoint, EndpointDisabled(reason=BY_OWNER))
    return endpoint


async def disable_failing(session: AsyncSession, endpoint_id: UUID, reason: str, now: datetime) -> None:
    """Stop delivering to a receiver that is gone, and let its owner know."""
    endpoint = (await session.exec(select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update())).one()
    if endpoint.state is EndpointState.DISABLED:
        return
    _stop(endpoint, reason)
    await record(
        session,
        EventName.ENDPOINT_DISABLED,
        endpoint,
        actor_id=None,
        occurred_at=now,
        organisations=[endpoint.organisation_id],
        payload=EndpointDisabled(reason=reason),
    )


async def replay(session: AsyncSession, actor: Actor, endpoint_id: UUID, request: ReplayCreate) -> int:
    """Put deliveries in line again with all tries anew, and say how many.

    Raises EndpointNotFound, NotPermitted, ReplayUnbounded, ReplayTooLarge.
    """
    endpoint = await _reachable(session, actor, endpoint_id)
    wanted = _replayed(endpoint_id, request)
    found = sa.select(col(Delivery.id)).where(*wanted).limit(rules.REPLAYED_AT_ONCE + 1)
    number = await session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
    if number > rules.REPLAYED_AT_ONCE:
        raise ReplayTooLarge(limit=rules.REPLAYED_AT_ONCE)
    await _put_in_line_again(session, endpoint, wanted, actor.at)
    await log_access(
        session, "endpoint.replayed", actor_id=actor.id, subject_id=endpoint_id, facts={"deliveries": number}
    )
    return number


def _replayed(endpoint_id: UUID, request: ReplayCreate) -> list[sa.ColumnElement[bool]]:
    """What was asked for, as conditions. Raises ReplayUnbounded."""
    is_bounded = request.delivery_ids is not None or (request.from_at is not None and request.until_at is not None)
    if not is_bounded and not request.only_missing:
        raise ReplayUnbounded
    wanted = [col(Delivery.endpoint_id) == endpoint_id]
    if request.delivery_ids is not None:
        wanted.append(col(Delivery.id).in_(request.delivery_ids))
    # a delivery's id begins with the moment it was made
    if request.from_at is not None:
        wanted.append(col(Delivery.id) >= sa.func.uuid7_floor(request.from_at))
    if request.until_at is not None:
        wanted.append(col(Delivery.id) < sa.func.uuid7_floor(request.until_at))
    return [*wanted, _is_held()] if request.only_missing else wanted


def _is_held() -> sa.ColumnElement[bool]:
    """Tried, and not there; as text, so that the planner sees the condition of `ix_delivery_held`."""
    return sa.text("delivery.state <> 'delivered' AND delivery.attempts > 0")  # type: ignore[return-value]  # a condition


async def _put_in_line_again(
    session: AsyncSession, endpoint: Endpoint, wanted: list[sa.ColumnElement[bool]], now: datetime
) -> None:
    await (await session.connection()).execute(
        sa.update(Delivery)
        .where(*wanted)
        .values(state=DeliveryState.PENDING, attempts=0, first_attempt_at=None, next_attempt_at=now, delivered_at=None)
    )
    endpoint.wakes += 1
    endpoint.due_at = now


async def _begin_afresh(session: AsyncSession, endpoint: Endpoint, now: datetime) -> None:
    """Forget the failures of the endpoint and of what is in line; what was set aside stays aside."""
    endpoint.failures_in_a_row, endpoint.paused_until = 0, None
    pending = [col(Delivery.endpoint_id) == endpoint.id, col(Delivery.state) == DeliveryState.PENDING, _is_held()]
    await _put_in_line_again(session, endpoint, pending, now)


async def _reachable(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """The endpoint, locked before any of its deliveries is. Raises EndpointNotFound, NotPermitted."""
    endpoint = (await session.exec(select(Endpoint).where(Endpoint.id == endpoint_id).with_for_update())).first()
    if endpoint is None:
        raise EndpointNotFound(endpoint_id=str(endpoint_id))
    try:
        await must_reach(session, actor, endpoint.organisation_id)
    except OrganisationNotFound:
        raise EndpointNotFound(endpoint_id=str(endpoint_id)) from None
    return endpoint


def _check(request: EndpointCreate | EndpointUpdate, settings: Settings) -> None:
    rules.check_url(
        request.url,
        is_development=settings.environment == "development",
        allowed=settings.webhook_allowed_subnets,
    )
    rules.check_events(request.event_names)


def _names(request: EndpointCreate | EndpointUpdate) -> list[str]:
    return sorted({name.value for name in request.event_names})


def _add_secret(session: AsyncSession, keys: Keys, endpoint: Endpoint, now: datetime) -> str:
    secret = new_secret()
    row = keys.encrypt(secret, SECRET_COLUMN)
    session.add(EndpointSecretKept(id=new_id(), endpoint_id=endpoint.id, secret=row, created_at=now))
    return secret


def _stop(endpoint: Endpoint, reason: str) -> None:
    endpoint.state, endpoint.disabled_reason = EndpointState.DISABLED, reason
    endpoint.version += 1


async def _record_event(
    session: AsyncSession, actor: Actor, name: EventName, endpoint: Endpoint, payload: Payload | None = None
) -> None:
    """The event, and since it is administration, a line of the access log."""
    await record(
        session,
        name,
        endpoint,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[endpoint.organisation_id],
        payload=payload,
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=endpoint.id)
