"""Manifest of people: inventory, retention, inbox rules, event handlers, timers, nightly jobs."""

import sqlalchemy as sa

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.handlers import InTransaction, PeriodicJob, TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.identity.people import corrections, jobs, rights_changes
from service.identity.people.inbox_rules import INBOX_RULES
from service.identity.people.tables import Consent, CorrectionRequest, Person

POSTING_DUE = TimerHandler(
    rights_changes.record_for_due_postings, "notify the persons whose rights begin or end with a posting"
)
LINK_DUE = TimerHandler(rights_changes.record_for_due_links, "notify the persons whose rights begin or end with a link")

MANIFEST = Manifest(
    records=(
        TableRecord(
            Person, "人员名册", "persons in the system", Basis.DUTY, readers=(Permission.PERSON_READ,), own=("id",)
        ),
        TableRecord(
            Consent,
            "同意及其撤回的记录",
            "consents given and ended",
            Basis.DUTY,
            readers=(Permission.CONSENT_READ,),
            own=("person_id",),
        ),
        TableRecord(
            CorrectionRequest,
            "更正申请及答复",
            "requests for correction and their answers",
            Basis.DUTY,
            retention=("correction_request",),
            readers=(Permission.CORRECTION_READ,),
            own=("person_id",),
            others={"decided_by": "the request belongs to its person; the decider finds it in the list of requests"},
        ),
    ),
    retention=(
        RetentionRule(
            "correction_request",
            "correction_request",
            PurgeVerb.MASKED,
            "更正申请的文字，决定和时间保留",
            "the texts of a request for correction; the decision and the times stay",
            3 * YEAR,
            "作出决定时起",
            "from the decision",
            "PIPL 19",
            sa.text(
                "WITH due AS (SELECT id FROM correction_request WHERE decided_at < :before AND what <> ''"
                " ORDER BY decided_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED)"
                " UPDATE correction_request SET what = '', should_be = '', answer = ''"
                " FROM due WHERE correction_request.id = due.id RETURNING correction_request.id"
            ),
        ),
    ),
    paths={"person": "people", "correction_request": "correction-requests"},
    inbox_rules=INBOX_RULES,
    other_references=(
        OtherReference(Person.organisation_id, "who created the person; rights come from postings"),
        OtherReference(
            CorrectionRequest.organisation_id, "a higher organisation decides when nobody is posted there any more"
        ),
    ),
    batch_handlers=(
        InTransaction(
            rights_changes.record_rights_changes,
            "record person.rights_changed for each person concerned; set timers for future dates",
        ),
    ),
    timers={
        corrections.TIMER: TimerHandler(
            corrections.record_overdue, "notify person and organisation that a request for correction is overdue"
        ),
        rights_changes.BEGINS: POSTING_DUE,
        rights_changes.ENDS: POSTING_DUE,
        rights_changes.LINK_BEGINS: LINK_DUE,
        rights_changes.LINK_ENDS: LINK_DUE,
    },
    periodic_jobs=(
        PeriodicJob(
            "consents.lapse",
            "45 17 * * *",
            "nightly, before the purge: end consents on older notices that were not renewed in time",
            jobs.lapse_consents,
        ),
    ),
)
