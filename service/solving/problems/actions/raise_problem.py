"""Raise a problem for a resident."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.solving.problems import ProblemCreate, ProblemState, ProblemVerb
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.events.actors import SYSTEM
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.ground.places.visit_context import VisitContext
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.solving.problems import accusations, contacts, deadlines, links
from service.solving.problems.actions.moves import move_problem, record_problem_event, require_category
from service.solving.problems.tables import Problem, ProblemRoute


@dataclass(frozen=True)
class RaisedProblem:
    """The problem, whether it is new, and the token of its private link (None after the link was opened)."""

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
    visit: VisitContext | None = None,
    *,
    renews_link: bool = True,
) -> RaisedProblem:
    """Raise a problem, and dispatch it at once if a route fits its category and division.

    A repeated request changes nothing, except that an unopened link is replaced, because the first response may be
    lost. With `renews_link` false it is not replaced. An accusation whose route leads to a barred organisation is not
    dispatched; a dispatcher above decides.
    Raises: NotPermitted, PlaceNotFound, CategoryUnknown, OrganisationNotFound, AccusationOfRoot, ContentDiffers;
    NotFound if the id belongs to another person's problem.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    place = await session.get(Place, request.place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    category = await require_category(session, request.category_code)
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
        token = await links.renew_unopened_link(session, problem, actor.at) if renews_link else None
        return RaisedProblem(problem, False, token)
    if problem.is_accusation:
        await accusations.bar_organisations(session, problem, request.accused_ids, place.organisation_id)
    new_token, link = await links.new_link(session, problem, actor.at)
    session.add(link)
    if request.contact:
        session.add(contacts.build_contact(keys, problem_id, request.contact))
    await record_problem_event(session, problem, EventName.PROBLEM_RAISED, actor.event_actor, actor.at)
    await deadlines.start_timers(session, problem, category, actor.at)
    owner_id = await _find_route(session, request.category_code, await _division_of(session, place))
    if owner_id and not await accusations.barred_among(session, problem, [owner_id]):
        problem.owner_id = owner_id
        await move_problem(session, problem, ProblemVerb.DISPATCH, SYSTEM, actor.at)
    return RaisedProblem(problem, True, new_token)


async def _division_of(session: AsyncSession, place: Place) -> str | None:
    """The division code of the place. A grid has none and uses that of its community."""
    if place.division_code or place.parent_id is None:
        return place.division_code
    return (await session.exec(select(Place.division_code).where(Place.id == place.parent_id))).one()


async def _find_route(session: AsyncSession, category_code: str, division_code: str | None) -> UUID | None:
    """The organisation of the route with the longest matching division. None: a dispatcher decides."""
    statement = (
        select(ProblemRoute.organisation_id)
        .where(
            ProblemRoute.category_code == category_code,
            sa.func.starts_with(sa.literal(division_code or ""), col(ProblemRoute.division_code)),
        )
        .order_by(sa.func.length(col(ProblemRoute.division_code)).desc())
    )
    return (await session.exec(statement.limit(1))).first()
