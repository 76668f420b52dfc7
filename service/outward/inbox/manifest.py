"""The manifest of the inbox: what the other domains and the worker use of it."""

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
            "inbox items: what somebody has to do, and until when",
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
            "closed inbox items",
            90,
            "办结时起",
            "from the closing of the item",
            "PIPL 19",
            sa.text(
                "DELETE FROM inbox_item WHERE id IN (SELECT id FROM inbox_item WHERE closed_at < :before"
                " ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
            ),
        ),
    ),
    paths={"inbox_item": "inbox"},
    other_references=(OtherReference(InboxItem.organisation_id, "derived from open references, and closed with them"),),
    batch_handlers=(InTransaction(reconcile.reconcile_batch, "open and close inbox items"),),
    timers={
        reconcile.LAPSE_TIMER: TimerHandler(reconcile.close_lapsed, "close an optional item when its time is over")
    },
    periodic_jobs=(
        PeriodicJob(
            "inbox.rebuild",
            "0 19 * * *",
            "nightly, for changes without an event, such as a new privacy notice",
            jobs.rebuild_inbox_nightly,
        ),
    ),
)
