"""Inbox rules of promises: events that open and close items, and the SQL that says who is waiting."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule

PROMISE_TO_KEEP = """
SELECT owner_id, CAST(NULL AS uuid), id, id, CAST(due_on + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai',
    CAST(NULL AS timestamptz)
FROM promise WHERE state = 'open' AND id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.PROMISE_TO_KEEP,
        zh="您负责的承诺，请在到期前兑现或作出说明。",
        en="A promise that you own: keep it by its due date, or explain why not.",
        permission=None,
        path="promises/{about}",
        opens=(EventName.PROMISE_GIVEN,),
        closes=(EventName.PROMISE_KEPT, EventName.PROMISE_EXPLAINED),
        waiting=PROMISE_TO_KEEP,
    ),
)
