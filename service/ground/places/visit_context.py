"""The visit during which a problem, a promise or an insight is recorded."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class VisitContext:
    """Organisation and day of the visit. Without a visit: the actor's first posting, and today."""

    organisation_id: UUID
    day: date
