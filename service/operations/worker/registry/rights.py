"""What follows when rights begin or end: people concerned read anew (`service/identity/people/rights.py`)."""

from uuid import UUID

from schemas.events import EventName
from service.identity.people import rights
from service.operations.worker.registry.kinds import Batch, Step, Together

OF_POSTINGS = frozenset({EventName.POSTING_STARTED, EventName.POSTING_ENDED})
OF_LINKS = frozenset({EventName.ORGANISATION_LINK_STARTED, EventName.ORGANISATION_LINK_ENDED})
OF_THE_TREE = frozenset({EventName.ORGANISATION_MOVED, EventName.ORGANISATION_CLOSED})
BESIDE = ("from_id", "to_id", "successor_id")
"""Where their payloads name the organisations beside: the former parent, the new one, who takes over."""


async def look_at(step: Step, batch: Batch) -> None:
    """Tell whose rights changed with a batch, and set the timers of days still to come."""
    postings = [followed.subject_id for followed in batch if followed.name in OF_POSTINGS]
    links = [followed.subject_id for followed in batch if followed.name in OF_LINKS]
    moved = [followed for followed in batch if followed.name in OF_THE_TREE]
    if postings:
        await rights.follow_postings(step.session, postings, step.now)
    if links:
        await rights.follow_links(step.session, links, step.now)
    if moved:
        beside = [UUID(one.payload[name]) for one in moved for name in BESIDE if one.payload.get(name)]
        await rights.follow_tree(step.session, [one.subject_id for one in moved], beside, step.now)


OF_EVERY_BATCH = (
    Together(look_at, "tell those whose rights began or ended to read anew; set timers for days to come"),
)
TIMERS = {
    rights.BEGINS: rights.reached,
    rights.ENDS: rights.reached,
    rights.LINK_BEGINS: rights.link_reached,
    rights.LINK_ENDS: rights.link_reached,
}
