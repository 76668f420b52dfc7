"""What the rest of the house must know of visits."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.events import EventName
from schemas.fieldwork.visits import VisitState
from schemas.foundation.manifest import PurgeVerb
from schemas.identity.people import ConsentPurpose
from service.fieldwork.visits import forgotten, jobs, positions
from service.fieldwork.visits.inbox_rules import INBOX_RULES
from service.fieldwork.visits.tables import (
    Visit,
    VisitCompanion,
    VisitCorrection,
    VisitDraft,
    VisitPosition,
    VisitPurpose,
)
from service.foundation.manifest.handlers import InTransaction, Job, PeriodicJob, TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.identity.people.consents import EFFECTS

FORGET_POSITIONS = Job("visits.forget_positions", EFFECTS[ConsentPurpose.KEEP_POSITIONS], jobs.forget_positions)

MANIFEST = Manifest(
    records=(
        TableRecord(
            Visit,
            "走访记录和到场核验结论",
            "visits and what the evidence of presence supports",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("person_id",),
            others={"acknowledged_by": "the visit is the visitor's; whoever confirmed it sees it at the place"},
        ),
        TableRecord(
            VisitDraft,
            "联络员代写的走访记录及领导的确认",
            "who wrote a visit down for a leader, and the leader's confirmation",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("written_by",),
        ),
        TableRecord(
            VisitPosition,
            "经同意保存的签到位置",
            "positions of check-ins kept with consent",
            Basis.CONSENT,
            retention=("visit_position", "position_without_consent"),
            own=("person_id",),
        ),
        TableRecord(VisitPurpose, "走访目的", "purposes of visits", Basis.NOTHING, readers=(Permission.VISIT_READ,)),
        TableRecord(
            VisitCompanion,
            "同行人员及其确认",
            "who came along",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("person_id",),
        ),
        TableRecord(
            VisitCorrection,
            "走访更正申请及决定",
            "corrections of visits, with what stood before",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("requested_by",),
            others={"decided_by": "the correction is the visitor's; the decider finds it by the list of corrections"},
        ),
    ),
    retention=(
        RetentionRule(
            "visit_position",
            "visit_position",
            PurgeVerb.REMOVED,
            "签到的精确位置",
            "the exact position of a check-in",
            90,
            "签到登记时起",
            "from the entry of the check-in",
            "DESIGN §2.8, DOMAIN §7.1 (GB/T 45574-2025), PIPL 19",
            sa.text(
                "DELETE FROM visit_position WHERE visit_id IN (SELECT kept.visit_id FROM visit_position AS kept"
                " JOIN visit ON visit.id = kept.visit_id WHERE visit.recorded_at < :before"
                " ORDER BY kept.visit_id LIMIT :at_most FOR UPDATE OF kept SKIP LOCKED) RETURNING visit_id"
            ),
            at_most=90,
            limit=lambda settings: settings.position_kept_days,
        ),
        RetentionRule(
            "position_without_consent",
            "visit_position",
            PurgeVerb.REMOVED,
            "已无有效同意者的精确位置",
            "exact positions of persons without a consent in force",
            0,
            "同意撤回或失效时起",
            "from the end of the consent",
            "PIPL 15, 47",
            sa.text(
                "DELETE FROM visit_position WHERE visit_id IN (SELECT kept.visit_id FROM visit_position AS kept"
                " WHERE NOT EXISTS (SELECT FROM consent WHERE consent.person_id = kept.person_id"
                " AND consent.purpose = 'keep_positions' AND consent.withdrawn_at IS NULL)"
                " ORDER BY kept.visit_id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING visit_id"
            ),
            at_most=0,
        ),
    ),
    paths={"visit": "visits"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            Visit.organisation_id, "进行中的走访", "visits under way", lambda at: col(Visit.state) == VisitState.OPEN
        ),
    ),
    handlers={
        EventName.VISIT_CHECKED_IN: (
            InTransaction(positions.start_timers_of_batch, "set when its position is forgotten"),
            InTransaction(automatic_check_out.start_timers_of_batch, "set when it is closed if it is left open"),
        ),
        EventName.CONSENT_WITHDRAWN: (FORGET_POSITIONS,),
        EventName.CONSENT_LAPSED: (FORGET_POSITIONS,),
    },
    timers={
        positions.TIMER: TimerHandler(
            positions.delete_due_positions, "forget the position of a check-in, and leave a proof of it", retention="visit_position"
        ),
        automatic_check_out.TIMER: TimerHandler(automatic_check_out.close_open_visits, "close those that are still open"),
    },
    periodic_jobs=(
        PeriodicJob(
            "fences.propose",
            "30 19 * * *",
            "nightly: proposals of fences that positions no longer support go; places without a fence get one proposed",
            jobs.propose_fences,
        ),
    ),
)
