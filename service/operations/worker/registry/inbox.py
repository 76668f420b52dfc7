"""What needs somebody, and what ends it: the one table. `waiting.py` says when each holds, and for whom.

After a batch, the subjects its events speak of are looked at once for each kind they touch: what waits and has no item
gets one, what no longer waits is closed (`service/outward/inbox/reconcile.py`). So a replay, a restore or a second
worker tells nothing twice, and the whole inbox can be made anew from the state of things (`grassroots inbox rebuild`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName as E
from schemas.outward.inbox import InboxKind as K
from service.foundation.columns import TEXTS, TIMESTAMP
from service.foundation.workdays import end_of_day
from service.identity.people.notices import NOTICES, current
from service.operations.worker.registry import waiting
from service.operations.worker.registry.kinds import Batch, Step, Together
from service.outward.inbox import reconcile as settle
from service.outward.inbox.kinds import KINDS
from service.outward.inbox.reconcile import Rule
from service.outward.webhooks.actions import BY_OWNER
from service.solving.problems import deadlines

NEWEST = [current(purpose) for purpose in dict.fromkeys(notice.purpose for notice in NOTICES)]

RULES: dict[K, Rule] = {
    K.PROBLEM_TO_DISPATCH: Rule(
        opens=(E.PROBLEM_RAISED,), closes=(E.PROBLEM_DISPATCHED,), waiting=waiting.PROBLEM_TO_DISPATCH
    ),
    K.PROBLEM_TO_ACCEPT: Rule(
        opens=(E.PROBLEM_DISPATCHED,),
        closes=(E.PROBLEM_ACCEPTED,),
        waiting=waiting.problem_of_owner("dispatched", deadlines.RESPOND_BY),
    ),
    K.PROBLEM_TO_ANSWER: Rule(
        opens=(E.PROBLEM_ACCEPTED,),
        closes=(E.PROBLEM_ANSWERED,),
        waiting=waiting.problem_of_owner("accepted", deadlines.SOLVE_BY),
    ),
    K.PROBLEM_TO_REDO: Rule(
        opens=(E.PROBLEM_REOPENED,),
        closes=(E.PROBLEM_ANSWERED,),
        waiting=waiting.problem_of_owner("reopened", deadlines.SOLVE_BY),
    ),
    K.PROBLEM_TO_CLOSE: Rule(
        opens=(E.PROBLEM_CONFIRMED,),
        closes=(E.PROBLEM_CLOSED,),
        waiting=waiting.problem_of_owner("confirmed", None),
    ),
    K.PROMISE_TO_KEEP: Rule(
        opens=(E.PROMISE_GIVEN,), closes=(E.PROMISE_KEPT, E.PROMISE_EXPLAINED), waiting=waiting.PROMISE_TO_KEEP
    ),
    K.INSIGHT_TO_DECIDE: Rule(
        opens=(E.INSIGHT_ROUTED,), closes=(E.INSIGHT_DECIDED,), waiting=waiting.INSIGHT_TO_DECIDE
    ),
    K.VISIT_TO_COMPLETE: Rule(
        opens=(E.VISIT_CLOSED,),
        closes=(E.VISIT_RECORDED, E.VISIT_CHECKED_OUT, E.VISIT_CORRECTED),
        waiting=waiting.VISIT_TO_COMPLETE,
    ),
    K.VISIT_DRAFT_TO_CONFIRM: Rule(
        opens=(E.VISIT_DRAFT_WRITTEN,), closes=(E.VISIT_DRAFT_CONFIRMED,), waiting=waiting.VISIT_DRAFT_TO_CONFIRM
    ),
    K.FENCE_PROPOSAL_TO_DECIDE: Rule(
        opens=(E.FENCE_PROPOSAL_MADE,), closes=(E.FENCE_PROPOSAL_DECIDED,), waiting=waiting.FENCE_PROPOSAL_TO_DECIDE
    ),
    K.COMPANION_MAY_DECLINE: Rule(
        opens=(E.VISIT_COMPANION_TOLD,),
        closes=(E.VISIT_COMPANION_DECLINED,),
        waiting=waiting.COMPANION_MAY_DECLINE,
    ),
    K.VISIT_CORRECTION_TO_DECIDE: Rule(
        opens=(E.VISIT_CORRECTION_REQUESTED,),
        closes=(E.VISIT_CORRECTION_DECIDED,),
        waiting=waiting.VISIT_CORRECTION_TO_DECIDE,
    ),
    K.RESIDENCE_REPORT_TO_CONFIRM: Rule(
        opens=(E.RESIDENCE_REPORT_SUBMITTED,),
        closes=(E.RESIDENCE_REPORT_CONFIRMED, E.RESIDENCE_REPORT_RETURNED, E.RESIDENCE_REPORT_ENDED),
        waiting=waiting.RESIDENCE_REPORT_TO_CONFIRM,
    ),
    K.RESIDENCE_REPORT_RETURNED: Rule(
        opens=(E.RESIDENCE_REPORT_RETURNED,),
        closes=(E.RESIDENCE_REPORT_SUBMITTED,),
        waiting=waiting.RESIDENCE_REPORT_RETURNED,
        also=waiting.OTHER_REPORTS_OF_THE_PERSON,
    ),
    K.PLACEMENT_TO_REPORT: Rule(
        opens=(E.PLACEMENT_ENDED,), closes=(E.PLACEMENT_REPORTED,), waiting=waiting.PLACEMENT_TO_REPORT
    ),
    K.PLACEMENT_REPORT_TO_DECIDE: Rule(
        opens=(E.PLACEMENT_REPORTED,),
        closes=(E.PLACEMENT_ADOPTION_DECIDED,),
        waiting=waiting.PLACEMENT_REPORT_TO_DECIDE,
    ),
    K.PLACEMENT_TO_APPRAISE: Rule(
        opens=(E.PLACEMENT_ENDED,), closes=(E.PLACEMENT_APPRAISED,), waiting=waiting.PLACEMENT_TO_APPRAISE
    ),
    K.CONTACT_POINT_OPINION: Rule(
        opens=(E.CONTACT_POINT_ENDED,),
        closes=(E.CONTACT_POINT_OPINION_GIVEN,),
        waiting=waiting.CONTACT_POINT_OPINION,
    ),
    K.DOSSIER_TO_REVIEW: Rule(
        opens=(E.DOSSIER_FROZEN,), closes=(E.DOSSIER_HANDED_OVER,), waiting=waiting.DOSSIER_TO_REVIEW
    ),
    K.CORRECTION_REQUEST_TO_DECIDE: Rule(
        opens=(E.CORRECTION_REQUESTED,),
        closes=(E.CORRECTION_DECIDED,),
        waiting=waiting.CORRECTION_REQUEST_TO_DECIDE,
    ),
    # a new notice comes with a new release, without an event: the nightly rebuild finds whom it concerns
    K.CONSENT_TO_RENEW: Rule(
        opens=(E.CONSENT_GIVEN,),
        closes=(E.CONSENT_RENEWED, E.CONSENT_WITHDRAWN, E.CONSENT_LAPSED),
        waiting=waiting.CONSENT_TO_RENEW,
        values={
            "purposes": [notice.purpose.value for notice in NEWEST],
            "versions": [notice.version for notice in NEWEST],
            "hold_until": [end_of_day(notice.older_hold_until) for notice in NEWEST],
        },
        types={"purposes": TEXTS, "versions": TEXTS, "hold_until": sa.ARRAY(TIMESTAMP)},
    ),
    K.ENDPOINT_STOPPED: Rule(
        opens=(E.ENDPOINT_DISABLED,),
        closes=(E.ENDPOINT_ENABLED,),
        waiting=waiting.ENDPOINT_STOPPED,
        values={"by_owner": BY_OWNER},
    ),
}


async def look_at(step: Step, batch: Batch) -> None:
    """Look at what the events of a batch speak of, once for each kind they touch."""
    touched = {
        kind: {followed.subject_id for followed in batch if followed.name in rule.touched_by}
        for kind, rule in RULES.items()
    }
    if any(touched.values()):
        await settle.one_at_a_time(step.session)
    for kind, subjects in touched.items():
        if subjects:
            await settle.settle(step.session, kind, RULES[kind], sorted(subjects), step.now)


async def _lapse(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Close what was offered for a time and nobody owed; while the relay is at it, in the next sweep."""
    if not await settle.takes_its_turn(session):
        return ()
    await settle.close(session, list(due), now)
    return due.keys()


def says(name: E) -> list[str]:
    """What an event opens and ends in the inbox, in words."""
    opens = [f"inbox opens {kind.value}: {KINDS[kind].zh}" for kind, rule in RULES.items() if name in rule.opens]
    return opens + [f"inbox ends {kind.value}" for kind, rule in RULES.items() if name in rule.closes]


OF_EVERY_BATCH = (Together(look_at, "open and close what waits in the inbox"),)
TIMERS = {settle.LAPSES: _lapse}
