"""Who acted: the kind and the id that every event names."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """Who acted. Only persons and clients have an id."""

    PERSON = "person"
    """A person who signed in, a delegate too."""
    RESIDENT = "resident"
    """A resident over the private link, without an account."""
    CLIENT = "client"
    """A service client that acts for an organisation."""
    SYSTEM = "system"
    """The worker, or a command at the server."""


WITHOUT_ID = (ActorKind.RESIDENT, ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class EventActor:
    """Kind and id, checked against each other. Raises ValueError."""

    kind: ActorKind
    id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.id is None) != (self.kind in WITHOUT_ID):
            raise ValueError(f"an actor of kind {self.kind} with id {self.id}")

    @classmethod
    def person(cls, person_id: UUID) -> "EventActor":
        """A person who signed in."""
        return cls(ActorKind.PERSON, person_id)


SYSTEM = EventActor(ActorKind.SYSTEM)
RESIDENT = EventActor(ActorKind.RESIDENT)
