"""Manifest of insights: records, inbox rules and references."""

from service.fieldwork.insights.inbox_rules import INBOX_RULES
from service.fieldwork.insights.tables import Insight
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, TableRecord
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            Insight,
            "听到的民情及答复",
            "insights and the decisions on them",
            Basis.DUTY,
            readers=(Permission.INSIGHT_READ,),
            own=("raised_by",),
        ),
    ),
    paths={"insight": "insights"},
    inbox_rules=INBOX_RULES,
    other_references=(
        OtherReference(Insight.organisation_id, "history"),
        OtherReference(Insight.routed_to, "an officer above decides if nobody has a posting there"),
    ),
)
