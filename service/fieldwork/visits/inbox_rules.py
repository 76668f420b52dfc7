"""Inbox rules of visits: events that open and close items, and the SQL that says who is waiting."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from schemas.identity.local_rules import RuleKey
from service.foundation.manifest.inbox_rules import InboxRule
from service.identity.access.permissions import Permission
from service.identity.local_rules.effective_rules import rule_value_sql


def _end_of_window_sql(key: RuleKey, start: str) -> str:
    """SQL: the end of a window of days from `start`; the local rule in force at `start` gives its length."""
    return f"{start} + make_interval(days => {rule_value_sql(key, 'visit.organisation_id', start)})"


VISIT_TO_COMPLETE = f"""
SELECT person_id, CAST(NULL AS uuid), id, id, open_until, open_until
FROM (SELECT visit.*, {_end_of_window_sql(RuleKey.VISIT_RECORD_OPEN_DAYS, "visit.checked_in_at")} AS open_until
    FROM visit WHERE ended_by = 'forgotten' AND purpose IS NULL AND id {{chosen}}) AS visit
"""  # noqa: S608 - words of our own code
COMPANION_MAY_DECLINE = f"""
SELECT person_id, CAST(NULL AS uuid), id, visit_id, until, until
FROM (SELECT companion.*, {_end_of_window_sql(RuleKey.VISIT_DECLINE_WITHIN_DAYS, "companion.notified_at")} AS until
    FROM visit_companion AS companion JOIN visit ON visit.id = companion.visit_id
    WHERE companion.state = 'notified' AND companion.id {{chosen}}) AS companion
"""  # noqa: S608 - words of our own code
VISIT_DRAFT_TO_CONFIRM = """
SELECT visit.person_id, CAST(NULL AS uuid), draft.id, draft.id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM visit_draft AS draft JOIN visit ON visit.id = draft.id
WHERE draft.confirmed_at IS NULL AND draft.id {chosen}
"""
VISIT_CORRECTION_TO_DECIDE = """
SELECT CAST(NULL AS uuid), visit.organisation_id, correction.id, visit.id, CAST(NULL AS timestamptz),
    CAST(NULL AS timestamptz)
FROM visit_correction AS correction JOIN visit ON visit.id = correction.visit_id
WHERE correction.state = 'requested' AND correction.id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.VISIT_TO_COMPLETE,
        zh="走访忘记签退，已自动结束；可在期限前补记所听所做。",
        en="A visit ended without a check-out. You may still write its record.",
        permission=None,
        path="visits/{about}",
        opens=(EventName.VISIT_CLOSED,),
        closes=(EventName.VISIT_RECORDED, EventName.VISIT_CHECKED_OUT, EventName.VISIT_CORRECTED),
        waiting=VISIT_TO_COMPLETE,
    ),
    InboxRule(
        kind=InboxKind.VISIT_DRAFT_TO_CONFIRM,
        zh="联络员代您写好了走访记录，请看一看并确认；您自己改写也算确认。",
        en="Your delegate recorded a visit for you. Confirm it; writing the record yourself confirms it too.",
        permission=None,
        path="visits/{about}",
        opens=(EventName.VISIT_DRAFT_WRITTEN,),
        closes=(EventName.VISIT_DRAFT_CONFIRMED,),
        waiting=VISIT_DRAFT_TO_CONFIRM,
    ),
    InboxRule(
        kind=InboxKind.COMPANION_MAY_DECLINE,
        zh="您被登记为同行；如未同行，可在期限前说明，不必说明则无需操作。",
        en="You were named as a companion. If you were not there, decline before the deadline; otherwise do nothing.",
        permission=None,
        path="visits/{about}",
        opens=(EventName.VISIT_COMPANION_NOTIFIED,),
        closes=(EventName.VISIT_COMPANION_DECLINED,),
        waiting=COMPANION_MAY_DECLINE,
    ),
    InboxRule(
        kind=InboxKind.VISIT_CORRECTION_TO_DECIDE,
        zh="有走访记录申请更正，请作出决定。",
        en="A correction of a visit was requested. Decide on it.",
        permission=Permission.VISIT_CORRECT,
        path="visit-corrections?visit_id={about}",
        opens=(EventName.VISIT_CORRECTION_REQUESTED,),
        closes=(EventName.VISIT_CORRECTION_DECIDED,),
        waiting=VISIT_CORRECTION_TO_DECIDE,
    ),
)
