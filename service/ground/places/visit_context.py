"""The visit in which a problem, a promise or an insight is raised at a place."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class VisitContext:
    """Organisation and day of the visit. Without a visit: the first posting of the actor, and today."""

    organisation_id: UUID
    day: date
