"""The manifest of assessments: what the other domains and the worker use of it."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.events import EventName
from schemas.foundation.manifest import PurgeVerb
from schemas.judgement.assessments import CycleState
from service.foundation.manifest.handlers import Job
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OpenReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.judgement.assessments import jobs
from service.judgement.assessments.inbox_rules import INBOX_RULES
from service.judgement.assessments.tables import AssessmentCycle, Dossier

MANIFEST = Manifest(
    records=(
        TableRecord(
            AssessmentCycle,
            "考核周期",
            "assessment cycles",
            Basis.NOTHING,
            readers=(Permission.ASSESSMENT_READ,),
        ),
        TableRecord(
            Dossier,
            "定格的个人考核材料",
            "frozen dossiers of persons",
            Basis.DUTY,
            retention=("dossier",),
            readers=(Permission.DOSSIER_READ, Permission.DOSSIER_RECEIVE),
            own=("person_id",),
        ),
    ),
    retention=(
        RetentionRule(
            "dossier",
            "dossier",
            PurgeVerb.MASKED,
            "考核材料的内容和签名；哈希保留，可与干部档案中的原件核对",
            "the content and signature of a dossier; its hash stays, to compare with the original in the cadre's file",
            3 * YEAR,
            "材料移交时起",
            "from the handover",
            "DOMAIN §7.2",
            sa.text(
                "WITH due AS (SELECT id FROM dossier WHERE handed_over_at < :before AND jws <> ''"
                " ORDER BY handed_over_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED)"
                " UPDATE dossier SET snapshot = '{}', jws = '' FROM due WHERE dossier.id = due.id RETURNING dossier.id"
            ),
        ),
    ),
    paths={"assessment_cycle": "assessment-cycles"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            AssessmentCycle.organisation_id,
            "未定格的考核周期",
            "assessment cycles not frozen",
            lambda at: col(AssessmentCycle.state) == CycleState.COLLECTING,
        ),
        OpenReference(
            AssessmentCycle.receiver_id,
            "将由其接收材料的考核周期",
            "assessment cycles whose dossiers it will receive",
            lambda at: col(AssessmentCycle.state) == CycleState.COLLECTING,
        ),
    ),
    handlers={
        EventName.ASSESSMENT_CYCLE_FREEZING: (
            Job("assessments.freeze", "write and sign every dossier, then close the cycle", jobs.freeze_cycle),
        ),
    },
)
