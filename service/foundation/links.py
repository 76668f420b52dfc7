"""Where the subject of an event is read: the link in the feed, in webhooks and beside evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from schemas.events import EventName


@dataclass(frozen=True)
class Links:
    """The addresses of records in this deployment; `paths` come from the manifests."""

    public_url: str
    paths: Mapping[str, str]

    def of(self, name: EventName, subject_id: UUID) -> str | None:
        """The address of an event's subject; None where the subject has no page of its own."""
        path = self.paths.get(name.value.partition(".")[0])
        return f"{self.public_url.rstrip('/')}/v1/{path}/{subject_id}" if path else None
