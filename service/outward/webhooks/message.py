"""The body of a webhook, made of its event alone: the same bytes at every attempt."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.events import EventName
from schemas.events.base import WebhookBody
from service.foundation.links import Links


def body(
    links: Links,
    *,
    event_id: UUID,
    event_name: str,
    subject_id: UUID,
    occurred_at: datetime,
    payload: dict[str, Any],
) -> bytes:
    """Ids, states and a link, in canonical JSON; the receiver reads the details with its own sign-in."""
    name = EventName(event_name)
    told = WebhookBody(
        type=name,
        timestamp=occurred_at.astimezone(UTC),
        data={
            **payload,
            "event_id": str(event_id),
            "subject_id": str(subject_id),
            "link": links.of(name, subject_id),
        },
    )
    return orjson.dumps(told.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
