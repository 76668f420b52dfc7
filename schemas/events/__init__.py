"""The event catalogue: what each event carries and who receives it. One file per domain."""

from schemas.events import (
    ground,
    hearing,
    imports,
    inbox,
    judgement,
    outward,
    placements,
    privacy,
    residence,
    rules,
    solving,
    ties,
    tree,
    visits,
    who,
)
from schemas.events.base import Described
from schemas.events.names import EventName

CATALOGUE: dict[EventName, Described] = {
    **tree.DESCRIBED,
    **who.DESCRIBED,
    **rules.DESCRIBED,
    **ground.DESCRIBED,
    **ties.DESCRIBED,
    **hearing.DESCRIBED,
    **placements.DESCRIBED,
    **visits.DESCRIBED,
    **solving.DESCRIBED,
    **residence.DESCRIBED,
    **judgement.DESCRIBED,
    **outward.DESCRIBED,
    **privacy.DESCRIBED,
    **inbox.DESCRIBED,
    **imports.DESCRIBED,
}
OUTWARD: frozenset[EventName] = frozenset(name for name, described in CATALOGUE.items() if described.outward)
"""The events a webhook endpoint may subscribe to."""

__all__ = ["CATALOGUE", "OUTWARD", "Described", "EventName"]
