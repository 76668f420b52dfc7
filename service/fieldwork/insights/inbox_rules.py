"""Inbox rules of insights: events that open and close items, and the SQL that says who is waiting."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule
from service.identity.access.permissions import Permission

INSIGHT_TO_DECIDE = """
SELECT CAST(NULL AS uuid), routed_to, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM insight WHERE routed_to IS NOT NULL AND is_adopted IS NULL AND id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.INSIGHT_TO_DECIDE,
        zh="有民情转送本单位，请决定是否采纳并说明理由。",
        en="An insight was routed to your unit: adopt it or not, and give the reason.",
        permission=Permission.INSIGHT_DECIDE,
        path="insights/{about}",
        opens=(EventName.INSIGHT_ROUTED,),
        closes=(EventName.INSIGHT_DECIDED,),
        waiting=INSIGHT_TO_DECIDE,
    ),
)
