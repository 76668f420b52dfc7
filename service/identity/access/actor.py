"""Who is asking: what the token says and when; rights come from the database."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from service.identity.access.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (`organisation_id` is None) or a service client acting for an organisation."""

    id: UUID
    organisation_id: UUID | None
    permission: Permission
    """The one thing being asked for; declared by the endpoint."""
    at: datetime
    """The moment of asking: postings are judged by it."""
    device_id: UUID | None = None
    """The person's device that asks, if the sign-in named one."""

    acting_id: UUID | None = None
    """Who acts in the person's place: the delegate of a leader; None when it is the person."""

    @property
    def event_actor_id(self) -> UUID:
        """Whose deed it is: what an event names as its actor."""
        return self.acting_id or self.id

    @property
    def is_person(self) -> bool:
        return self.organisation_id is None

    def asking(self, permission: Permission) -> "Actor":
        """The same actor asking for another thing, to answer a change with what may be read."""
        return replace(self, permission=permission)
