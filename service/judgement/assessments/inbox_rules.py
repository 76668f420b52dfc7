"""Inbox rules of assessments: events that open and close items, and the SQL that says who is waiting."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule

# from the log, not from the dossiers: those are behind row-level security
DOSSIER_TO_REVIEW = """
SELECT CAST(frozen.payload ->> 'person_id' AS uuid), CAST(NULL AS uuid), frozen.subject_id,
    CAST(frozen.payload ->> 'cycle_id' AS uuid), CAST(NULL AS timestamptz), frozen.occurred_at + interval '30 days'
FROM event AS frozen
WHERE frozen.name = 'dossier.frozen' AND frozen.subject_id {chosen}
    AND frozen.id >= uuid7_floor(:now - interval '31 days')
    AND NOT EXISTS (
        SELECT FROM event AS handed
        WHERE handed.subject_id = frozen.subject_id AND handed.name = 'dossier.handed_over'
    )
"""

INBOX_RULES = (
    InboxRule(
        kind=InboxKind.DOSSIER_TO_REVIEW,
        zh="您的考核材料已定格，可查阅每一项的依据。",
        en="Your dossier is frozen: you may read it and the evidence of every figure.",
        permission=None,
        path="assessment-cycles/{about}/dossiers/{person}",
        opens=(EventName.DOSSIER_FROZEN,),
        closes=(EventName.DOSSIER_HANDED_OVER,),
        waiting=DOSSIER_TO_REVIEW,
    ),
)
