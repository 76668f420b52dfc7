"""Manifest of visits: records, retention, inbox rules, handlers, timers and periodic jobs."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.events import EventName
from schemas.fieldwork.visits import VisitState
from schemas.foundation.manifest import PurgeVerb
from schemas.identity.people import ConsentPurpose
from service.fieldwork.visits import automatic_check_out, jobs, positions
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

DELETE_POSITIONS = Job("visits.delete_positions", EFFECTS[ConsentPurpose.KEEP_POSITIONS], jobs.delete_positions)

MANIFEST = Manifest(
    records=(
        TableRecord(
            Visit,
            "走访记录和到场核验结论",
            "visits and their presence results",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("person_id",),
            others={"acknowledged_by": "it is the visitor's visit; who acknowledged it sees it through the place"},
        ),
        TableRecord(
            VisitDraft,
            "联络员代写的走访记录及领导的确认",
            "visits that a delegate recorded for a leader, and the leader's confirmation",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("written_by",),
        ),
        TableRecord(
            VisitPosition,
            "经同意保存的签到位置",
            "positions of check-ins, stored with consent",
            Basis.CONSENT,
            retention=("visit_position", "position_without_consent"),
            own=("person_id",),
        ),
        TableRecord(VisitPurpose, "走访目的", "purposes of visits", Basis.NOTHING, readers=(Permission.VISIT_READ,)),
        TableRecord(
            VisitCompanion,
            "同行人员及其确认",
            "companions and their confirmation",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("person_id",),
        ),
        TableRecord(
            VisitCorrection,
            "走访更正申请及决定",
            "correction requests of visits, with the old values and the decision",
            Basis.DUTY,
            readers=(Permission.VISIT_READ,),
            own=("requested_by",),
            others={"decided_by": "it is the visitor's correction; who decided finds it in the list of corrections"},
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
            "from the time the check-in was recorded",
            "DESIGN §2.8, DOMAIN §7.1 (GB/T 45574-2025), PIPL 19",
            sa.text(
                "DELETE FROM visit_position WHERE visit_id IN (SELECT stored.visit_id FROM visit_position AS stored"
                " JOIN visit ON visit.id = stored.visit_id WHERE visit.recorded_at < :before"
                " ORDER BY stored.visit_id LIMIT :at_most FOR UPDATE OF stored SKIP LOCKED) RETURNING visit_id"
            ),
            at_most=90,
            limit=lambda settings: settings.position_kept_days,
        ),
        RetentionRule(
            "position_without_consent",
            "visit_position",
            PurgeVerb.REMOVED,
            "已无有效同意者的精确位置",
            "exact positions of people without a valid consent",
            0,
            "同意撤回或失效时起",
            "from the end of the consent",
            "PIPL 15, 47",
            sa.text(
                "DELETE FROM visit_position WHERE visit_id IN (SELECT stored.visit_id FROM visit_position AS stored"
                " WHERE NOT EXISTS (SELECT FROM consent WHERE consent.person_id = stored.person_id"
                " AND consent.purpose = 'keep_positions' AND consent.withdrawn_at IS NULL)"
                " ORDER BY stored.visit_id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING visit_id"
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
            InTransaction(positions.start_timers_of_batch, "set the time at which its position is deleted"),
            InTransaction(automatic_check_out.start_timers_of_batch, "set the time of the automatic check-out"),
        ),
        EventName.CONSENT_WITHDRAWN: (DELETE_POSITIONS,),
        EventName.CONSENT_LAPSED: (DELETE_POSITIONS,),
    },
    timers={
        positions.TIMER: TimerHandler(
            positions.delete_due_positions, "delete the position and store a deletion proof", retention="visit_position"
        ),
        automatic_check_out.TIMER: TimerHandler(
            automatic_check_out.close_open_visits, "close the visits that are still open"
        ),
    },
    periodic_jobs=(
        PeriodicJob(
            "fences.propose",
            "30 19 * * *",
            "every night: withdraw fence proposals without support, propose fences for places without one",
            jobs.propose_fences,
        ),
    ),
)
