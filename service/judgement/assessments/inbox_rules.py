"""Inbox rules of assessments: the events that open and close items, and the SQL of open ones."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule

# from the event log, because row-level security protects the dossiers
DOSSIER_TO_REVIEW = """
SELECT CAST(frozen.payload ->> 'person_id' AS uuid), CAST(NULL AS uuid), frozen.subject_id,
    CAST(frozen.payload ->> 'cycle_id' AS uuid), CAST(NULL AS timestamptz), frozen.occurred_at + interval '30 days'
FROM event AS frozen
WHERE frozen.name = 'dossier.frozen' AND frozen.subject_id {chosen}
    AND frozen.id >= uuid7_floor(:now - interval '31 days')
    AND NOT EXISTS (
        SELECT FROM event AS handover
        WHERE handover.subject_id = frozen.subject_id AND handover.name = 'dossier.handed_over'
    )
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.DOSSIER_TO_REVIEW,
        zh="您的考核材料已定格，可查阅每一项的依据。",
        en="Your dossier is frozen. You can read it and the evidence of every figure.",
        permission=None,
        path="assessment-cycles/{about}/dossiers/{person}",
        opens=(EventName.DOSSIER_FROZEN,),
        closes=(EventName.DOSSIER_HANDED_OVER,),
        waiting=DOSSIER_TO_REVIEW,
    ),
)
