"""What is raised in a visit belongs to the visit: to its organisation, and to its day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class During:
    """The visit in which something came up. Without one it belongs to the raiser's first posting, today."""

    organisation_id: UUID
    day: date
