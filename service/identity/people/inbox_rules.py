"""Inbox rules of people: events that open and close items, and SQL that selects open items."""

import sqlalchemy as sa

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.columns import TEXTS, TIMESTAMP
from service.foundation.manifest.inbox_rules import InboxRule, due_at_sql
from service.foundation.workdays import end_of_day
from service.identity.access.permissions import Permission
from service.identity.people.notices import NOTICES, current

NEWEST = [current(purpose) for purpose in dict.fromkeys(notice.purpose for notice in NOTICES)]

CORRECTION_REQUEST_TO_DECIDE = f"""
SELECT CAST(NULL AS uuid), coalesce(request.organisation_id, root.id), request.id, request.id,
    {due_at_sql("request", "correction_request.decide_by", "correction_request.overdue")}, CAST(NULL AS timestamptz)
FROM correction_request AS request
LEFT JOIN organisation AS root ON request.organisation_id IS NULL AND root.parent_id IS NULL
WHERE request.state = 'submitted' AND request.id {{chosen}} AND coalesce(request.organisation_id, root.id) IS NOT NULL
"""  # noqa: S608 - the inserted text is SQL of our own code
CONSENT_TO_RENEW = """
SELECT consent.person_id, CAST(NULL AS uuid), consent.id, consent.id, newest.hold_until, CAST(NULL AS timestamptz)
FROM consent JOIN unnest(:purposes, :versions, :hold_until) AS newest (purpose, version, hold_until)
    ON newest.purpose = consent.purpose AND newest.version <> consent.notice_version
WHERE consent.withdrawn_at IS NULL AND consent.id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.CORRECTION_REQUEST_TO_DECIDE,
        zh="有人申请更正本人信息，请在期限前答复。",
        en="A person asks for a correction of personal data. Answer before the deadline.",
        permission=Permission.CORRECTION_DECIDE,
        path="correction-requests/{about}",
        opens=(EventName.CORRECTION_REQUESTED,),
        closes=(EventName.CORRECTION_DECIDED,),
        waiting=CORRECTION_REQUEST_TO_DECIDE,
    ),
    # a new notice comes with a release and causes no event, so the nightly rebuild finds outdated consents
    InboxRule(
        kind=InboxKind.CONSENT_TO_RENEW,
        zh="您同意过的告知书有了新版本；如愿继续，请在期限前重新同意，否则到期失效。",
        en="A notice you consented to has changed. Consent again before the deadline, or your consent ends.",
        permission=None,
        path="me/consents",
        opens=(EventName.CONSENT_GIVEN,),
        closes=(EventName.CONSENT_RENEWED, EventName.CONSENT_WITHDRAWN, EventName.CONSENT_LAPSED),
        waiting=CONSENT_TO_RENEW,
        values={
            "purposes": [notice.purpose.value for notice in NEWEST],
            "versions": [notice.version for notice in NEWEST],
            "hold_until": [end_of_day(notice.older_hold_until) for notice in NEWEST],
        },
        types={"purposes": TEXTS, "versions": TEXTS, "hold_until": sa.ARRAY(TIMESTAMP)},
    ),
)
