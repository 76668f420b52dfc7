"""Inbox rules of placements: events that open and close items, and SQL that selects recipients."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import FORGET_AFTER, InboxRule
from service.identity.access.permissions import Permission

PLACEMENT_TO_REPORT = f"""
SELECT person_id, CAST(NULL AS uuid), id, id, CAST(NULL AS timestamptz), ended_at + {FORGET_AFTER}
FROM placement WHERE ended_at IS NOT NULL AND reported_at IS NULL AND id {{chosen}}
"""  # noqa: S608 - words of our own code
PLACEMENT_REPORT_TO_DECIDE = """
SELECT CAST(NULL AS uuid), sending_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM placement WHERE reported_at IS NOT NULL AND is_adopted IS NULL AND id {chosen}
"""
PLACEMENT_TO_APPRAISE = f"""
SELECT CAST(NULL AS uuid), host_id, id, id, CAST(NULL AS timestamptz), ended_at + {FORGET_AFTER}
FROM placement WHERE ended_at IS NOT NULL AND appraised_at IS NULL AND id {{chosen}}
"""  # noqa: S608 - words of our own code

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.PLACEMENT_TO_REPORT,
        zh="锻炼已结束，请写下调研或工作报告。",
        en="Your placement has ended: write your report.",
        permission=None,
        path="placements/{about}",
        opens=(EventName.PLACEMENT_ENDED,),
        closes=(EventName.PLACEMENT_REPORTED,),
        waiting=PLACEMENT_TO_REPORT,
    ),
    InboxRule(
        kind=InboxKind.PLACEMENT_REPORT_TO_DECIDE,
        zh="锻炼人员交来报告，请决定是否采纳并说明理由。",
        en="A placement report was submitted: decide whether to adopt it, and give the reason.",
        permission=Permission.PLACEMENT_WRITE,
        path="placements/{about}",
        opens=(EventName.PLACEMENT_REPORTED,),
        closes=(EventName.PLACEMENT_ADOPTION_DECIDED,),
        waiting=PLACEMENT_REPORT_TO_DECIDE,
    ),
    InboxRule(
        kind=InboxKind.PLACEMENT_TO_APPRAISE,
        zh="锻炼人员在本单位期满，请作出评价。",
        en="A placement at your organisation has ended: write the appraisal.",
        permission=Permission.PLACEMENT_APPRAISE,
        path="placements/{about}",
        opens=(EventName.PLACEMENT_ENDED,),
        closes=(EventName.PLACEMENT_APPRAISED,),
        waiting=PLACEMENT_TO_APPRAISE,
    ),
)
