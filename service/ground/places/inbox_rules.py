"""Inbox rules of places: events that open and close items, and SQL that selects recipients."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule
from service.identity.access.permissions import Permission

FENCE_PROPOSAL_TO_DECIDE = """
SELECT CAST(NULL AS uuid), place.organisation_id, proposal.id, place.id, CAST(NULL AS timestamptz),
    CAST(NULL AS timestamptz)
FROM fence_proposal AS proposal JOIN place ON place.id = proposal.place_id
WHERE proposal.state = 'proposed' AND proposal.id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.FENCE_PROPOSAL_TO_DECIDE,
        zh="多次签到都在同一处，系统建议据此设定围栏，请采纳、修改或拒绝。",
        en="Several check-ins lie at the same spot: accept the proposed fence, correct it or refuse it.",
        permission=Permission.PLACE_WRITE,
        path="fence-proposals?state=proposed",
        opens=(EventName.FENCE_PROPOSAL_MADE,),
        closes=(EventName.FENCE_PROPOSAL_DECIDED,),
        waiting=FENCE_PROPOSAL_TO_DECIDE,
    ),
)
