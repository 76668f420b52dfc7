"""The actor of a request: what the token says, and when. Rights come from the database."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from service.foundation.events.actors import ActorKind, EventActor
from service.identity.access.permissions import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (`organisation_id` is None) or a service client acting for an organisation."""

    id: UUID
    organisation_id: UUID | None
    permission: Permission
    """The permission of this request; the endpoint declares it."""
    at: datetime
    """When the request came; postings in force at this time count."""
    device_id: UUID | None = None
    """The person's device, if the sign-in named one."""

    acting_id: UUID | None = None
    """The delegate who acts for a leader; None when the person acts."""

    @property
    def event_actor_id(self) -> UUID:
        """The id that an event names as its actor: the delegate's, if there is one."""
        return self.acting_id or self.id

    @property
    def kind(self) -> ActorKind:
        """A person or a service client."""
        return ActorKind.PERSON if self.is_person else ActorKind.CLIENT

    @property
    def event_actor(self) -> EventActor:
        """The actor of an event: the delegate, when one acts for the person."""
        return EventActor(self.kind, self.event_actor_id)

    @property
    def is_person(self) -> bool:
        return self.organisation_id is None

    def asking(self, permission: Permission) -> "Actor":
        """The same actor with another permission, for example to check whether a changed record may be read."""
        return replace(self, permission=permission)
