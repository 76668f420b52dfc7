"""The URL of the subject of an event, for the feed, webhooks and the evidence of a dossier."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from schemas.events import EventName


@dataclass(frozen=True)
class Links:
    """The URLs of records in this deployment. `paths` come from the manifests."""

    public_url: str
    paths: Mapping[str, str]

    def of(self, name: EventName, subject_id: UUID) -> str | None:
        """Return the URL of an event's subject; None when the subject has no endpoint."""
        path = self.paths.get(name.value.partition(".")[0])
        return f"{self.public_url.rstrip('/')}/v1/{path}/{subject_id}" if path else None
