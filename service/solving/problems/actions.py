"""What is done to a problem. Every move goes through the table of `rules.py` and tells those concerned."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import ProblemMoved
from schemas.solving.problems import (
    Dispatch,
    Judgement,
    ProblemAnswer,
    ProblemCreate,
    ProblemState,
    ProblemVerb,
    Satisfaction,
)
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.solving.problems import accusations, contacts, deadlines, links, queries, rules
from service.solving.problems.errors import CategoryUnknown, ProblemNotFound
from service.solving.problems.origin import During
from service.solving.problems.tables import Problem, ProblemCategory, ProblemRoute

MOVED = {
    ProblemVerb.DISPATCH: EventName.PROBLEM_DISPATCHED,
    ProblemVerb.ACCEPT: EventName.PROBLEM_ACCEPTED,
    ProblemVerb.ANSWER: EventName.PROBLEM_ANSWERED,
    ProblemVerb.SATISFIED: EventName.PROBLEM_CONFIRMED,
    ProblemVerb.NOT_SATISFIED: EventName.PROBLEM_REOPENED,
    ProblemVerb.CLOSE: EventName.PROBLEM_CLOSED,
}


@dataclass(frozen=True)
class Raised:
    """The problem, whether it is new, and the token of its private link; None once somebody opened that."""

    problem: Problem
    is_new: bool
    token: str | None


async def raise_problem(
    session: AsyncSession,
    actor: Actor,
    keys: Keys,
    problem_id: UUID,
    request: ProblemCreate,
    request_fingerprint: bytes,
    visit: During | None = None,
    *,
    renews: bool = True,
) -> Raised:
    """Raise a problem for a resident, in a visit or without one.

    It is dispatched at once where a route fits area and category. Again, nothing is new but the link while nobody has
    opened it: the answer it stood in may be lost. `renews` is false for what only repeats the problem beside a change.

    An accusation whose route leads to the accused stays undispatched, for a desk above.
    Raises NotPermitted, PlaceNotFound, CategoryUnknown, OrganisationNotFound, AccusationOfRoot, ContentDiffers, and
    NotFound for another's id.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    place = await session.get(Place, request.place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    category = await category_of(session, request.category_code)
    row = Problem(
        id=problem_id,
        organisation_id=visit.organisation_id if visit else organisation_id,
        raised_by=actor.id,
        state=ProblemState.RAISED,
        raised_at=actor.at,
        request_fingerprint=request_fingerprint,
        is_accusation=bool(request.accused_ids),
        **request.model_dump(exclude={"contact", "accused_ids"}),
    )
    problem, is_new = await create_once(session, row, "raised_by")
    if not is_new:
        return Raised(problem, False, await links.renewed(session, problem, actor.at) if renews else None)
    if problem.is_accusation:
        await accusations.withhold(session, problem, request.accused_ids, place.organisation_id)
    token, link = await links.new_link(session, problem, actor.at)
    session.add(link)
    if request.contact:
        session.add(contacts.encrypted(keys, problem_id, request.contact))
    await _record_event(session, problem, EventName.PROBLEM_RAISED, actor.event_actor_id, actor.at)
    await deadlines.start(session, problem, category, actor.at)
    owner_id = await _route(session, request.category_code, await _division_of(session, place))
    if owner_id and not await accusations.among_accused(session, problem, [owner_id]):
        problem.owner_id = owner_id
        await _move(session, problem, ProblemVerb.DISPATCH, None, actor.at)
    return Raised(problem, True, token)


async def dispatch(session: AsyncSession, actor: Actor, problem_id: UUID, request: Dispatch, based_on: int) -> Problem:
    """Give the problem to an organisation; the one that had it hears of it too.

    Raises ProblemNotFound, NotPermitted, OrganisationNotFound, DispatchToAccused, NotPossible, VersionStale.
    """
    problem = await _reached(session, actor, problem_id)
    if problem.owner_id == request.organisation_id:
        return problem
    _must_be_current(problem, based_on)
    rules.move(problem.state, ProblemVerb.DISPATCH)
    await scope.must_be_open(session, request.organisation_id)
    await accusations.must_not_reach_accused(session, problem, request.organisation_id)
    former, problem.owner_id = problem.owner_id, request.organisation_id
    return await _move(session, problem, ProblemVerb.DISPATCH, actor.id, actor.at, former)


async def accept(session: AsyncSession, actor: Actor, problem_id: UUID, based_on: int) -> Problem:
    """The owner takes it on. Raises ProblemNotFound, NotPermitted, NotPossible, VersionStale."""
    problem = await _reached(session, actor, problem_id)
    if problem.state is ProblemState.ACCEPTED:
        return problem
    _must_be_current(problem, based_on)
    return await _move(session, problem, ProblemVerb.ACCEPT, actor.id, actor.at)


async def answer(
    session: AsyncSession, actor: Actor, problem_id: UUID, request: ProblemAnswer, based_on: int
) -> Problem:
    """The owner tells the person what was done. Raises ProblemNotFound, NotPermitted, NotPossible, VersionStale."""
    problem = await _reached(session, actor, problem_id)
    if problem.state is ProblemState.ANSWERED and (problem.answer, problem.outcome) == (
        request.answer,
        request.outcome,
    ):
        return problem
    _must_be_current(problem, based_on)
    rules.move(problem.state, ProblemVerb.ANSWER)
    problem.answer, problem.outcome, problem.answered_at = request.answer, request.outcome, actor.at
    problem.satisfaction = problem.satisfaction_reason = None
    return await _move(session, problem, ProblemVerb.ANSWER, actor.id, actor.at)


async def close(session: AsyncSession, actor: Actor, problem_id: UUID, based_on: int) -> Problem:
    """The owner closes what the person confirmed. Raises ProblemNotFound, NotPermitted, NotPossible, VersionStale."""
    problem = await _reached(session, actor, problem_id)
    if problem.state is ProblemState.CLOSED:
        return problem
    _must_be_current(problem, based_on)
    rules.move(problem.state, ProblemVerb.CLOSE)
    problem.closed_at = actor.at
    return await _move(session, problem, ProblemVerb.CLOSE, actor.id, actor.at)


async def judge_by_link(session: AsyncSession, token: str, judgement: Judgement, now: datetime) -> Problem:
    """The person's own word, through the private link. Raises LinkUnknown, NotPossible, ReasonMissing."""
    problem = await links.problem_of(session, token, now, is_locked=True)
    return await _judge(session, problem, judgement, None, now)


async def judge_for(
    session: AsyncSession, actor: Actor, problem_id: UUID, judgement: Judgement, based_on: int
) -> Problem:
    """The person's word, heard by whoever raised the problem; never by anybody of its owner (DESIGN §2.5).

    The return visit it was heard in is checked by `service/fieldwork/visits/return_visits.py`.
    Raises ProblemNotFound, NotPermitted, NotPossible, ReasonMissing, VersionStale.
    """
    await scope.must_be_posted(session, actor)
    await _must_see(session, actor, problem_id)
    problem = (await session.exec(select(Problem).where(Problem.id == problem_id).with_for_update())).one()
    handled = scope.reachable(actor.asking(Permission.PROBLEM_HANDLE)).where(col(Organisation.id) == problem.owner_id)
    if problem.raised_by != actor.id or await session.scalar(handled) is not None:
        raise NotPermitted(permission=actor.permission.value)
    _must_be_current(problem, based_on)
    return await _judge(session, problem, judgement, actor.id, actor.at)


async def _judge(
    session: AsyncSession, problem: Problem, judgement: Judgement, by: UUID | None, now: datetime
) -> Problem:
    verb = rules.verb_of(judgement)
    rules.move(problem.state, verb)
    problem.satisfaction, problem.satisfaction_reason = judgement.satisfaction, judgement.reason or None
    if judgement.satisfaction is Satisfaction.NOT_SATISFIED:
        problem.redone += 1
        await deadlines.start_again(session, problem, await category_of(session, problem.category_code), now)
    return await _move(session, problem, verb, by, now)


async def _move(
    session: AsyncSession,
    problem: Problem,
    verb: ProblemVerb,
    by: UUID | None,
    now: datetime,
    former_owner_id: UUID | None = None,
) -> Problem:
    """Into the next state, with its event and its timers."""
    problem.state = rules.move(problem.state, verb)
    problem.version += 1
    await deadlines.met(session, problem, verb)
    await _record_event(session, problem, MOVED[verb], by, now, former_owner_id)
    return problem


async def _record_event(
    session: AsyncSession,
    problem: Problem,
    name: EventName,
    by: UUID | None,
    now: datetime,
    former_owner_id: UUID | None = None,
) -> None:
    host = (await session.exec(select(Place.organisation_id).where(Place.id == problem.place_id))).one()
    owners = [owner_id for owner_id in (problem.owner_id, former_owner_id) if owner_id]
    concerned = {problem.organisation_id, host, *owners}
    concerned -= await accusations.among_accused(session, problem, concerned)
    await record(
        session,
        name,
        problem,
        actor_id=by,
        occurred_at=now,
        organisations=concerned,
        persons=[problem.raised_by],
        payload=ProblemMoved(place_id=problem.place_id, owner_id=problem.owner_id, state=problem.state.value),
    )


async def category_of(session: AsyncSession, code: str) -> ProblemCategory:
    """Raises CategoryUnknown."""
    category = await session.get(ProblemCategory, code)
    if category is None:
        raise CategoryUnknown(category_code=code)
    return category


async def _division_of(session: AsyncSession, place: Place) -> str | None:
    """A grid has none of its own: it lies where its community does."""
    if place.division_code or place.parent_id is None:
        return place.division_code
    return (await session.exec(select(Place.division_code).where(Place.id == place.parent_id))).one()


async def _route(session: AsyncSession, category_code: str, division_code: str | None) -> UUID | None:
    """The organisation whose route fits; the longest division wins. None: the dispatch desk decides."""
    statement = (
        select(ProblemRoute.organisation_id)
        .where(
            ProblemRoute.category_code == category_code,
            sa.func.starts_with(sa.literal(division_code or ""), col(ProblemRoute.division_code)),
        )
        .order_by(sa.func.length(col(ProblemRoute.division_code)).desc())
    )
    return (await session.exec(statement.limit(1))).first()


async def _reached(session: AsyncSession, actor: Actor, problem_id: UUID) -> Problem:
    """The problem, locked, for those who own or dispatch it.

    Raises ProblemNotFound, or NotPermitted for somebody who sees it but has no such right over it.
    """
    allowed: sa.ColumnElement[bool] = col(Problem.owner_id).in_(scope.reachable(actor))
    if actor.permission is Permission.PROBLEM_DISPATCH:
        allowed = sa.or_(allowed, col(Problem.organisation_id).in_(scope.reachable(actor)))
    allowed = sa.and_(allowed, ~accusations.is_withheld(actor))
    if await session.scalar(select(Problem.id).where(Problem.id == problem_id, allowed)) is None:
        await _must_see(session, actor, problem_id)
        raise NotPermitted(permission=actor.permission.value)
    return (await session.exec(select(Problem).where(Problem.id == problem_id).with_for_update())).one()


async def _must_see(session: AsyncSession, actor: Actor, problem_id: UUID) -> None:
    """Raises ProblemNotFound for what the actor may not even read."""
    seen = queries.visible(actor.asking(Permission.PROBLEM_READ))
    if await session.scalar(select(Problem.id).where(Problem.id == problem_id, seen)) is None:
        raise ProblemNotFound(problem_id=str(problem_id))


def _must_be_current(problem: Problem, based_on: int) -> None:
    if problem.version != based_on:
        raise VersionStale(current_version=problem.version)
