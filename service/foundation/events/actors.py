"""The actor of an event: its kind and its id."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """The kind of an actor. Only persons and service clients have an id."""

    PERSON = "person"
    """A person who signed in; also a delegate."""
    RESIDENT = "resident"
    """A resident who uses the private link, without an account."""
    CLIENT = "client"
    """A service client of an organisation."""
    SYSTEM = "system"
    """The worker, or a command on the server."""


WITHOUT_ID = (ActorKind.RESIDENT, ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class EventActor:
    """The kind and id of an actor. Raises: ValueError when the id does not fit the kind."""

    kind: ActorKind
    id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.id is None) != (self.kind in WITHOUT_ID):
            raise ValueError(f"an actor of kind {self.kind} with id {self.id}")

    @classmethod
    def person(cls, person_id: UUID) -> "EventActor":
        """Return the actor for a person who signed in."""
        return cls(ActorKind.PERSON, person_id)


SYSTEM = EventActor(ActorKind.SYSTEM)
RESIDENT = EventActor(ActorKind.RESIDENT)
