"""The body of a webhook message. It depends on the event alone, so every attempt sends the same bytes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.events import EventName
from schemas.events.base import WebhookBody
from service.foundation.links import Links


def build_body(
    links: Links,
    *,
    event_id: UUID,
    event_name: str,
    subject_id: UUID,
    occurred_at: datetime,
    payload: dict[str, Any],
) -> bytes:
    """Build canonical JSON with ids, states and a link. The receiver reads details by the link."""
    name = EventName(event_name)
    message = WebhookBody(
        type=name,
        timestamp=occurred_at.astimezone(UTC),
        data={
            **payload,
            "event_id": str(event_id),
            "subject_id": str(subject_id),
            "link": links.of(name, subject_id),
        },
    )
    return orjson.dumps(message.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
