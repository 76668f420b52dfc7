"""Send deliveries again."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.outward.webhooks import ReplayCreate
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.outward.webhooks import rules
from service.outward.webhooks.actions.delivery_queue import is_undelivered, queue_again
from service.outward.webhooks.actions.endpoint_steps import lock_endpoint
from service.outward.webhooks.errors import ReplayTooLarge, ReplayUnbounded
from service.outward.webhooks.tables import Delivery


async def replay_deliveries(session: AsyncSession, actor: Actor, endpoint_id: UUID, request: ReplayCreate) -> int:
    """Queue deliveries again with all attempts. Returns how many.

    Raises: EndpointNotFound, NotPermitted, ReplayUnbounded, ReplayTooLarge.
    """
    endpoint = await lock_endpoint(session, actor, endpoint_id)
    conditions = _replay_conditions(endpoint_id, request)
    matching = sa.select(col(Delivery.id)).where(*conditions).limit(rules.MAX_REPLAYED + 1)
    number = await session.scalar(sa.select(sa.func.count()).select_from(matching.subquery())) or 0
    if number > rules.MAX_REPLAYED:
        raise ReplayTooLarge(limit=rules.MAX_REPLAYED)
    await queue_again(session, endpoint, conditions, actor.at)
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
    return [*conditions, is_undelivered()] if request.only_missing else conditions
