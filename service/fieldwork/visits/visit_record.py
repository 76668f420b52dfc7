"""Record of a visit: its text, insights, problems and promises, in one request and one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitRecorded
from schemas.fieldwork.insights import InsightWithVisitCreate
from schemas.fieldwork.promises import PromiseCreate
from schemas.fieldwork.visits import (
    InsightInVisit,
    ProblemInVisit,
    ProblemLink,
    PromiseInVisit,
    VisitCorrectionState,
    VisitRecord,
    VisitWithLinks,
)
from schemas.foundation.common import canonical_fields
from schemas.identity.local_rules import RuleKey
from schemas.solving.problems import ProblemCreate
from service.fieldwork.insights import actions as insights
from service.fieldwork.promises import actions as promises
from service.fieldwork.visits import companions, queries, rules
from service.fieldwork.visits.actions import lock_own_visit, visit_context
from service.fieldwork.visits.errors import RecordCorrected
from service.fieldwork.visits.tables import Visit, VisitCorrection
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.rows import require_version
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.local_rules.effective_rules import rule_value
from service.solving.problems.actions import raise_problem as problems


@dataclass(frozen=True)
class RecordResult:
    """The visit after its record was written, with the tokens of the links to its problems."""

    visit: Visit
    tokens: Sequence[tuple[UUID, str | None]]
    """Problem id and link token; None if the link was opened or is already in use."""
    is_changed: bool
    """Whether this request changed anything."""


async def write_record(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> RecordResult:
    """Write the record of a visit of the actor. A retry with the same content changes nothing.

    Raises: VisitNotFound, VersionStale, RecordClosed, RecordCorrected, CompanionUnknown, and the errors of insights,
    problems and promises.
    """
    visit = await lock_own_visit(session, actor, visit_id)
    companion_ids = {companion.person_id for companion in await companions.companions_of_visit(session, visit.id)}
    is_same = _has_same_content(visit, request) and companion_ids.issuperset(request.companions)
    if not is_same:
        await _require_open_record(session, visit, actor.at)
        require_version(visit, expected_version)
        apply_record(visit, request)
        visit.version += 1
        await record(
            session,
            EventName.VISIT_RECORDED,
            visit,
            actor=actor.event_actor,
            occurred_at=actor.at,
            organisations=[visit.organisation_id],
            persons=[visit.person_id],
            payload=VisitRecorded(place_id=visit.place_id, version=visit.version),
        )
    linked = await write_linked_records(session, actor, keys, visit, request, is_again=is_same)
    return RecordResult(visit, linked.tokens, not is_same or linked.is_new)


async def _require_open_record(session: AsyncSession, visit: Visit, now: datetime) -> None:
    """Check that the record may still be changed. Raises: RecordClosed, RecordCorrected.

    The local rule in force when the visit ended decides. A record that was never written can be written at any time,
    because a late entry has no disadvantage (DOMAIN §4.5 rule 10).
    """
    if visit.purpose is None:
        return
    blocking_states = (VisitCorrectionState.REQUESTED, VisitCorrectionState.ACCEPTED)
    corrections = select(VisitCorrection.id).where(
        VisitCorrection.visit_id == visit.id, col(VisitCorrection.state).in_(blocking_states)
    )
    if (await session.exec(corrections.limit(1))).first() is not None:
        raise RecordCorrected
    ended_at = visit.checked_out_at or visit.checked_in_at
    days = await rule_value(session, RuleKey.VISIT_RECORD_OPEN_DAYS, visit.organisation_id, ended_at)
    rules.require_open_record(visit.state, ended_at, days, now)


def apply_record(visit: Visit, request: VisitRecord) -> None:
    """Copy the fields of the record to the visit."""
    visit.purpose, visit.people_met = request.purpose, request.people_met
    visit.heard, visit.done = request.heard, request.done
    visit.stay, visit.help_given = _dump_stay(request), _dump_help_given(request)


@dataclass(frozen=True)
class LinkedRecordsResult:
    """The link tokens of the problems of a record, and whether any linked record is new."""

    tokens: Sequence[tuple[UUID, str | None]]
    is_new: bool


async def write_linked_records(
    session: AsyncSession, actor: Actor, keys: Keys, visit: Visit, request: VisitRecord, *, is_again: bool
) -> LinkedRecordsResult:
    """Write the companions, insights, promises and problems of a record, as if each was sent alone.

    An id that exists is not written again. Links are renewed only if the same record is sent again (`is_again`), so a
    changed record does not invalidate links that are already in use.
    """
    await companions.notify_companions(session, actor, visit, request.companions)
    link, context = {"place_id": visit.place_id, "visit_id": visit.id}, visit_context(visit)
    new_flags = []
    for insight_in in request.insights:
        insight = InsightWithVisitCreate(**_sent_fields(insight_in), **link)
        insight_actor, fingerprint = actor.asking(Permission.INSIGHT_WRITE), keys.fingerprint(canonical_fields(insight))
        new_flags.append(
            (await insights.record_insight(session, insight_actor, insight_in.id, insight, fingerprint, context))[1]
        )
    for promise_in in request.promises:
        promise = PromiseCreate(**_sent_fields(promise_in), **link)
        promise_actor, fingerprint = actor.asking(Permission.PROMISE_WRITE), keys.fingerprint(canonical_fields(promise))
        new_flags.append(
            (await promises.create_promise(session, promise_actor, promise_in.id, promise, fingerprint, context))[1]
        )
    tokens = []
    for problem_in in request.problems:
        problem = ProblemCreate(**_sent_fields(problem_in), **link)
        problem_actor, fingerprint = actor.asking(Permission.PROBLEM_WRITE), keys.fingerprint(canonical_fields(problem))
        result = await problems.raise_problem(
            session, problem_actor, keys, problem_in.id, problem, fingerprint, context, renews_link=is_again
        )
        new_flags.append(result.is_new)
        tokens.append((problem_in.id, result.token))
    return LinkedRecordsResult(tokens, any(new_flags))


def _sent_fields(item: InsightInVisit | PromiseInVisit | ProblemInVisit) -> dict[str, Any]:
    """Read only the fields that were sent: a field added later must not change the fingerprint."""
    return item.model_dump(exclude={"id"}, exclude_unset=True)


def _has_same_content(visit: Visit, request: VisitRecord) -> bool:
    current = (visit.purpose, visit.people_met, visit.heard, visit.done, visit.stay, visit.help_given or [])
    return current == (
        request.purpose,
        request.people_met,
        request.heard,
        request.done,
        _dump_stay(request),
        _dump_help_given(request),
    )


def _dump_stay(request: VisitRecord) -> dict[str, Any] | None:
    return request.stay.model_dump() if request.stay else None


def _dump_help_given(request: VisitRecord) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json") for item in request.help_given]


async def build_visit_out(session: AsyncSession, actor: Actor, result: RecordResult, public_url: str) -> VisitWithLinks:
    """Build the response: the visit after the record, with the links of its problems."""
    await session.flush()
    details = await queries.details(session, actor.asking(Permission.VISIT_READ), result.visit.id)
    base = public_url.rstrip("/")
    links = [
        ProblemLink(problem_id=problem_id, link=f"{base}/p/{token}" if token else None)
        for problem_id, token in result.tokens
    ]
    return VisitWithLinks.model_validate({**details.model_dump(), "links": links})
