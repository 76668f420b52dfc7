"""What the rest of the house must know of inbox."""

import sqlalchemy as sa

from schemas.foundation.manifest import PurgeVerb
from service.foundation.manifest.handlers import InTransaction, PeriodicJob, TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.outward.inbox import jobs, reconcile
from service.outward.inbox.tables import InboxItem

MANIFEST = Manifest(
    records=(
        TableRecord(
            InboxItem,
            "待办：谁需要办什么、到什么时候",
            "the inbox: what needs whom, until when",
            Basis.DUTY,
            retention=("inbox_item",),
            readers=(Permission.INBOX_READ,),
            own=("person_id",),
        ),
    ),
    retention=(
        RetentionRule(
            "inbox_item",
            "inbox_item",
            PurgeVerb.REMOVED,
            "已办结的待办",
            "items of the inbox that were done",
            90,
            "办结时起",
            "from the moment it was done",
            "PIPL 19",
            sa.text(
                "DELETE FROM inbox_item WHERE id IN (SELECT id FROM inbox_item WHERE closed_at < :before"
                " ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
    ),
    paths={"inbox_item": "inbox"},
    other_references=(OtherReference(InboxItem.organisation_id, "derived from what is open, and gone with it"),),
    batch_handlers=(InTransaction(reconcile.reconcile_batch, "open and close what waits in the inbox"),),
    timers={
        reconcile.LAPSE_TIMER: TimerHandler(reconcile.close_lapsed, "close what was offered for a time and nobody owed")
    },
    periodic_jobs=(
        PeriodicJob(
            "inbox.rebuild",
            "0 19 * * *",
            "nightly: what changed without an event (a new notice, say) reaches the inbox",
            jobs.rebuild,
        ),
    ),
)
