"""Record a visit: the text, insights, problems and promises in one request and one transaction."""

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
    VisitWritten,
)
from schemas.foundation.common import canonical_fields
from schemas.identity.local_rules import RuleKey
from schemas.solving.problems import ProblemCreate
from service.fieldwork.insights import actions as insights
from service.fieldwork.promises import actions as promises
from service.fieldwork.visits import companions, queries, rules
from service.fieldwork.visits.actions import context_of, own_visit
from service.fieldwork.visits.errors import RecordCorrected
from service.fieldwork.visits.tables import Visit, VisitCorrection
from service.foundation.crypto import Keys
from service.foundation.events.record import record
from service.foundation.rows import require_version
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.local_rules.resolving import figure
from service.solving.problems.actions import raise_problem as problems


@dataclass(frozen=True)
class Written:
    """The visit, and the tokens of the private links of the problems raised (None: opened, or handed out before)."""

    visit: Visit
    tokens: Sequence[tuple[UUID, str | None]]
    is_changed: bool
    """Whether this request wrote anything at all."""


async def write(
    session: AsyncSession, actor: Actor, keys: Keys, visit_id: UUID, request: VisitRecord, expected_version: int
) -> Written:
    """Write down one's own visit; a retry of the same content changes nothing.

    Raises VisitNotFound, VersionStale, RecordClosed, RecordCorrected, CompanionUnknown, and what insights, problems and
    promises raise.
    """
    visit = await own_visit(session, actor, visit_id)
    named = {companion.person_id for companion in await companions.of(session, visit.id)}
    is_same = _has(visit, request) and named.issuperset(request.companions)
    if not is_same:
        await _must_be_open(session, visit, actor.at)
        require_version(visit, expected_version)
        fill(visit, request)
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
    came_up = await write_what_came_up(session, actor, keys, visit, request, is_again=is_same)
    return Written(visit, came_up.tokens, not is_same or came_up.is_new)


async def _must_be_open(session: AsyncSession, visit: Visit, now: datetime) -> None:
    """By the rule that held when the visit ended. Raises RecordClosed, RecordCorrected.

    What was never written down stays open: afterwards is as good as at once (DOMAIN §4.5 rule 10).
    """
    if visit.purpose is None:
        return
    standing = (VisitCorrectionState.REQUESTED, VisitCorrectionState.ACCEPTED)
    corrected = select(VisitCorrection.id).where(
        VisitCorrection.visit_id == visit.id, col(VisitCorrection.state).in_(standing)
    )
    if (await session.exec(corrected.limit(1))).first() is not None:
        raise RecordCorrected
    ended_at = visit.checked_out_at or visit.checked_in_at
    days = await figure(session, RuleKey.VISIT_RECORD_OPEN_DAYS, visit.organisation_id, ended_at)
    rules.must_be_open_to_record(visit.state, ended_at, days, now)


def fill(visit: Visit, request: VisitRecord) -> None:
    """Put the record into the visit."""
    visit.purpose, visit.people_met = request.purpose, request.people_met
    visit.heard, visit.done = request.heard, request.done
    visit.stay, visit.help_given = _stay(request), _help_given(request)


@dataclass(frozen=True)
class CameUp:
    """The tokens of the problems raised in a record, and whether anything in it was new."""

    tokens: Sequence[tuple[UUID, str | None]]
    is_new: bool


async def write_what_came_up(
    session: AsyncSession, actor: Actor, keys: Keys, visit: Visit, request: VisitRecord, *, is_again: bool
) -> CameUp:
    """Companions, insights, promises and problems of a record, each once by its id, each as if sent by itself.

    A record that was changed leaves the links alone that were handed out with the one before.
    """
    await companions.tell(session, actor, visit, request.companions)
    here, of = {"place_id": visit.place_id, "visit_id": visit.id}, context_of(visit)
    news = []
    for heard in request.insights:
        insight = InsightWithVisitCreate(**_part(heard), **here)
        hearer, same = actor.asking(Permission.INSIGHT_WRITE), keys.fingerprint(canonical_fields(insight))
        news.append((await insights.write_down(session, hearer, heard.id, insight, same, of))[1])
    for given in request.promises:
        promise = PromiseCreate(**_part(given), **here)
        giver, same = actor.asking(Permission.PROMISE_WRITE), keys.fingerprint(canonical_fields(promise))
        news.append((await promises.give(session, giver, given.id, promise, same, of))[1])
    tokens = []
    for raised in request.problems:
        problem = ProblemCreate(**_part(raised), **here)
        raiser, same = actor.asking(Permission.PROBLEM_WRITE), keys.fingerprint(canonical_fields(problem))
        made = await problems.raise_problem(session, raiser, keys, raised.id, problem, same, of, renews_link=is_again)
        news.append(made.is_new)
        tokens.append((raised.id, made.token))
    return CameUp(tokens, any(news))


def _part(part: InsightInVisit | PromiseInVisit | ProblemInVisit) -> dict[str, Any]:
    """Only what was sent: a field added in a later version must not make a retry another content."""
    return part.model_dump(exclude={"id"}, exclude_unset=True)


def _has(visit: Visit, request: VisitRecord) -> bool:
    known = (visit.purpose, visit.people_met, visit.heard, visit.done, visit.stay, visit.help_given or [])
    return known == (
        request.purpose,
        request.people_met,
        request.heard,
        request.done,
        _stay(request),
        _help_given(request),
    )


def _stay(request: VisitRecord) -> dict[str, Any] | None:
    return request.stay.model_dump() if request.stay else None


def _help_given(request: VisitRecord) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in request.help_given]


async def shown(session: AsyncSession, actor: Actor, written: Written, public_url: str) -> VisitWritten:
    """The visit after the record, with the links of its problems. The changes commit with the request."""
    await session.flush()
    details = await queries.details(session, actor.asking(Permission.VISIT_READ), written.visit.id)
    base = public_url.rstrip("/")
    links = [
        ProblemLink(problem_id=problem_id, link=f"{base}/p/{token}" if token else None)
        for problem_id, token in written.tokens
    ]
    return VisitWritten.model_validate({**details.model_dump(), "links": links})
