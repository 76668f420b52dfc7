"""The event catalogue: what each event carries and who receives it. One file per domain.

What a reader may rely on. Each event comes at least once, in one order for all, with the same id in the feed, in
webhooks and after a restore: what was seen before is passed over by its id. An unknown name is passed over too; names
and payloads gain and never change. Payloads point, with ids, states and moments; what they point at is read with the
reader's own rights as they are then, so an answer "not there" means: no longer yours to see.

When rights begin or end, for whatever reason and also by date alone, every person concerned finds
`person.rights_changed` in the own feed (`is_to_be_read_anew`). The feed of organisations gained holds events older
than the phone's cursor, and none tells what was lost. So a phone that finds it drops the records of others that it
keeps, reads its postings, its inbox and its lists from the beginning, and goes on with the feed from the cursor it
had. Finding it twice is harmless. What is asked between the moment and the event is answered by the rights in force:
the event is a hint, never the guard.
"""

from schemas.events import (
    assessments,
    auth,
    contact_points,
    imports,
    inbox,
    insights,
    local_rules,
    organisations,
    people,
    placements,
    places,
    privacy,
    problems,
    promises,
    reports,
    visit_plans,
    visits,
    webhooks,
)
from schemas.events.base import Described
from schemas.events.names import EventName

CATALOGUE: dict[EventName, Described] = {
    **organisations.DESCRIBED,
    **people.DESCRIBED,
    **auth.DESCRIBED,
    **local_rules.DESCRIBED,
    **places.DESCRIBED,
    **contact_points.DESCRIBED,
    **placements.DESCRIBED,
    **visits.DESCRIBED,
    **visit_plans.DESCRIBED,
    **insights.DESCRIBED,
    **promises.DESCRIBED,
    **problems.DESCRIBED,
    **reports.DESCRIBED,
    **assessments.DESCRIBED,
    **webhooks.DESCRIBED,
    **privacy.DESCRIBED,
    **inbox.DESCRIBED,
    **imports.DESCRIBED,
}
OUTWARD: frozenset[EventName] = frozenset(name for name, described in CATALOGUE.items() if described.outward)
"""The events a webhook endpoint may subscribe to."""

__all__ = ["CATALOGUE", "OUTWARD", "Described", "EventName"]
