"""Inbox rules of webhooks: which events open and close items, and the SQL that selects the open ones."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule
from service.identity.access.permissions import Permission
from service.outward.webhooks.actions.disable import BY_OWNER

ENDPOINT_STOPPED = """
SELECT CAST(NULL AS uuid), organisation_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM endpoint WHERE state = 'disabled' AND disabled_reason <> :by_owner AND id {chosen}
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.ENDPOINT_STOPPED,
        zh="回调地址因接收失败已停用，投递在排队等候；修复后请重新启用。",
        en="An endpoint was disabled because its receiver failed. Deliveries are queued. Repair it, then enable it.",
        permission=Permission.ENDPOINT_WRITE,
        path="endpoints/{about}",
        opens=(EventName.ENDPOINT_DISABLED,),
        closes=(EventName.ENDPOINT_ENABLED,),
        waiting=ENDPOINT_STOPPED,
        values={"by_owner": BY_OWNER},
    ),
)
