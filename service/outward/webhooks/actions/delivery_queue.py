"""Queue the deliveries of an endpoint again."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.outward.webhooks import DeliveryState
from service.outward.webhooks.tables import Delivery, Endpoint


async def reset_attempts(session: AsyncSession, endpoint: Endpoint, now: datetime) -> None:
    """Reset the failures of the endpoint and of its pending deliveries; those set aside stay so."""
    endpoint.consecutive_failures, endpoint.paused_until = 0, None
    pending = [
        col(Delivery.endpoint_id) == endpoint.id,
        col(Delivery.state) == DeliveryState.PENDING,
        is_undelivered(),
    ]
    await queue_again(session, endpoint, pending, now)


async def queue_again(
    session: AsyncSession, endpoint: Endpoint, conditions: list[sa.ColumnElement[bool]], now: datetime
) -> None:
    """Set the matching deliveries to pending with all attempts, and make the endpoint due now."""
    await (await session.connection()).execute(
        sa.update(Delivery)
        .where(*conditions)
        .values(state=DeliveryState.PENDING, attempts=0, first_attempt_at=None, next_attempt_at=now, delivered_at=None)
    )
    endpoint.wake_count += 1
    endpoint.due_at = now


def is_undelivered() -> sa.ColumnElement[bool]:
    """Attempted but not delivered. Literal SQL, so that the planner uses `ix_delivery_undelivered`."""
    return sa.text("delivery.state <> 'delivered' AND delivery.attempts > 0")  # type: ignore[return-value]  # a condition
