"""Inbox rules of residence reports: events that open and close items, and SQL that selects recipients."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import FORGET_AFTER, InboxRule
from service.identity.access.permissions import Permission

RESIDENCE_REPORT_TO_CONFIRM = """
SELECT CAST(NULL AS uuid), organisation_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM residence_report WHERE state = 'submitted' AND id {chosen}
"""
RESIDENCE_REPORT_RETURNED = f"""
SELECT report.person_id, CAST(NULL AS uuid), report.id, report.id, CAST(NULL AS timestamptz),
    report.decided_at + {FORGET_AFTER}
FROM residence_report AS report
WHERE report.state = 'returned' AND report.id {{chosen}} AND NOT EXISTS (
    SELECT FROM residence_report AS newer
    WHERE newer.person_id = report.person_id AND newer.id <> report.id AND newer.submitted_at >= report.decided_at
)
"""  # noqa: S608 - words of our own code
OTHER_REPORTS_OF_PERSON = """
SELECT other.id FROM residence_report AS report JOIN residence_report AS other ON other.person_id = report.person_id
WHERE report.id = ANY(:subjects) AND other.state = 'returned'
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.RESIDENCE_REPORT_TO_CONFIRM,
        zh="有党员前来报到，请确认或退回并说明原因。",
        en="A member submitted a residence report: confirm it, or return it with the reason.",
        permission=Permission.RESIDENCE_REPORT_DECIDE,
        path="residence-reports/{about}",
        opens=(EventName.RESIDENCE_REPORT_SUBMITTED,),
        closes=(
            EventName.RESIDENCE_REPORT_CONFIRMED,
            EventName.RESIDENCE_REPORT_RETURNED,
            EventName.RESIDENCE_REPORT_ENDED,
        ),
        waiting=RESIDENCE_REPORT_TO_CONFIRM,
    ),
    InboxRule(
        kind=InboxKind.RESIDENCE_REPORT_RETURNED,
        zh="您的报到被退回，请看原因，需要时重新报到。",
        en="Your residence report was returned: read the reason and, if needed, report again.",
        permission=None,
        path="residence-reports/{about}",
        opens=(EventName.RESIDENCE_REPORT_RETURNED,),
        closes=(EventName.RESIDENCE_REPORT_SUBMITTED,),
        waiting=RESIDENCE_REPORT_RETURNED,
        also=OTHER_REPORTS_OF_PERSON,
    ),
)
