"""Problems: raised, dispatched, accepted, answered, judged by whoever raised them, closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, AuditedReadSession, IfMatch, Paged, ReadSession, WriteSession, created, tagged
from routers.guard import Requires
from schemas.foundation.common import Day, Page, canonical_fields
from schemas.solving.problems import (
    CategoryCode,
    CategoryOut,
    CategoryUpdate,
    CategoryVersionOut,
    ContactOut,
    Dispatch,
    Found,
    JudgementHeard,
    ProblemAnswer,
    ProblemCreate,
    ProblemLookupQuery,
    ProblemOut,
    ProblemRaised,
    ProblemState,
    Reveal,
    RouteOut,
    RouteUpdate,
    RouteVersionOut,
)
from service.fieldwork.visits import return_visits
from service.fieldwork.visits.actions import raised_in
from service.foundation.paging import decode_word, encode, encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.solving.problems import actions, contacts, queries, set_up, versions
from service.solving.problems.tables import Problem, ProblemCategory, ProblemRoute

router = APIRouter(prefix="/v1/problems", tags=["problems"])
settings_router = APIRouter(prefix="/v1", tags=["problems"])

Reader = Annotated[Actor, Requires(Permission.PROBLEM_READ)]
Raiser = Annotated[Actor, Requires(Permission.PROBLEM_WRITE)]
Desk = Annotated[Actor, Requires(Permission.PROBLEM_DISPATCH)]
Handler = Annotated[Actor, Requires(Permission.PROBLEM_HANDLE)]
Revealer = Annotated[Actor, Requires(Permission.PROBLEM_REVEAL)]
LookingUp = Annotated[Actor, Requires(Permission.PROBLEM_LOOK_UP)]
SettingUp = Annotated[Actor, Requires(Permission.PROBLEM_SET_UP)]
On = Annotated[Day | None, Query(description="From the one that held at the end of that day backwards.")]
AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"description": "Sent before; another link instead of one nobody opened, else null."}
}


@router.put("/{problem_id}", status_code=201, responses=AGAIN)
async def raise_problem(
    problem_id: UUID,
    request: ProblemCreate,
    actor: Raiser,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ProblemRaised:
    """Raise a problem for a resident; hand the private link to the person. Of several answers the last one's works."""
    visit = await raised_in(session, actor, request.visit_id, request.place_id)
    same = app_state.keys.fingerprint(canonical_fields(request))
    raised = await actions.raise_problem(session, actor, app_state.keys, problem_id, request, same, visit)
    created(response, raised.is_new, raised.problem.version)
    link = f"{app_state.settings.public_url.rstrip('/')}/p/{raised.token}" if raised.token else None
    return ProblemRaised(problem=(await queries.shown(session, [raised.problem]))[0], link=link)


@router.put("/{problem_id}/owner")
async def dispatch(
    problem_id: UUID, request: Dispatch, actor: Desk, based_on: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Give the problem to the organisation that shall own it."""
    return await _moved(session, await actions.dispatch(session, actor, problem_id, request, based_on), response)


@router.put("/{problem_id}/acceptance")
async def accept(
    problem_id: UUID, actor: Handler, based_on: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Take the problem on, as its owner."""
    return await _moved(session, await actions.accept(session, actor, problem_id, based_on), response)


@router.put("/{problem_id}/answer")
async def answer(
    problem_id: UUID,
    request: ProblemAnswer,
    actor: Handler,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Tell the person what was done; the person judges it."""
    return await _moved(session, await actions.answer(session, actor, problem_id, request, based_on), response)


@router.put("/{problem_id}/judgement")
async def judge(
    problem_id: UUID,
    request: JudgementHeard,
    actor: Raiser,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """The person's word, heard by whoever raised the problem in a visit there after the answer; never by the owner."""
    return await _moved(session, await return_visits.judge(session, actor, problem_id, request, based_on), response)


@router.put("/{problem_id}/closure")
async def close(
    problem_id: UUID, actor: Handler, based_on: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Close what the person confirmed."""
    return await _moved(session, await actions.close(session, actor, problem_id, based_on), response)


@router.post("/{problem_id}/reveals")
async def reveal_contact(
    problem_id: UUID, request: Reveal, actor: Revealer, door: AuditedReadSession, app_state: AppState
) -> ContactOut:
    """Show the resident's contact to the handler. The reason is written to the access log."""
    contact = await contacts.revealed(door.session, actor, app_state.keys, problem_id)
    await door.log("problem.contact_revealed", actor, problem_id, reason=request.reason)
    return contact


@router.post("/lookups")
async def look_up(
    request: ProblemLookupQuery, actor: LookingUp, door: AuditedReadSession, app_state: AppState
) -> Found:
    """Problems of whoever has this phone number, for the dispatch desk; the reason is written to the access log."""
    found = await contacts.looked_up(door.session, actor, app_state.keys, request.phone)
    seen = ",".join(str(problem.id) for problem in found)
    await door.log("problem.looked_up", actor, actor.id, reason=request.reason, problem_ids=seen)
    return Found(items=found)


@router.get("")
async def list_problems(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    state: Annotated[ProblemState | None, Query()] = None,
    place_id: Annotated[UUID | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
) -> Page[ProblemOut]:
    """Problems you may see, newest first: your own, and those your organisations own, raised or have at places."""
    found = await queries.page(session, actor, queries.Wanted(state, place_id, owner_id), page)
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@router.get("/{problem_id}")
async def read_problem(problem_id: UUID, actor: Reader, session: ReadSession, response: Response) -> ProblemOut:
    """One problem, with its running deadlines and what may be done to it."""
    problem = await queries.one(session, actor, problem_id)
    tagged(response, problem.version)
    return problem


@settings_router.get("/problem-categories")
async def list_categories(
    actor: Reader,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[CategoryOut]:
    """What a problem can be about, by code, with the deadlines in working days."""
    rows, last = await queries.categories(session, decode_word(cursor), limit)
    items = [CategoryOut.model_validate(row) for row in rows]
    return Page(items=items, next_cursor=encode([last]) if last else None)


@settings_router.put("/problem-categories/{code}", response_model=CategoryOut)
async def set_category(
    code: CategoryCode,
    request: CategoryUpdate,
    actor: SettingUp,
    session: WriteSession,
) -> ProblemCategory:
    """Add or change a category of problems and its deadlines in working days."""
    return await set_up.set_category(session, actor, code, request)


@settings_router.get("/problem-categories/{code}/versions")
async def list_category_versions(
    code: CategoryCode, actor: Reader, page: Paged, session: ReadSession, on: On = None
) -> Page[CategoryVersionOut]:
    """How a category and its deadlines were, newest first, with who set them and the rule they come from."""
    found = await queries.versions_of(session, versions.CATEGORY, code, on, page)
    items = [CategoryVersionOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@settings_router.get("/problem-routes/{route_id}/versions")
async def list_route_versions(
    route_id: UUID, actor: Reader, page: Paged, session: ReadSession, on: On = None
) -> Page[RouteVersionOut]:
    """Where a route led, newest first, with who set it and the rule it comes from."""
    found = await queries.versions_of(session, versions.ROUTE, route_id, on, page)
    items = [RouteVersionOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@settings_router.put("/problem-routes/{route_id}", response_model=RouteOut)
async def set_route(route_id: UUID, request: RouteUpdate, actor: SettingUp, session: WriteSession) -> ProblemRoute:
    """Say which organisation handles a category in a division and below."""
    return await set_up.set_route(session, actor, route_id, request)


async def _moved(session: AsyncSession, problem: Problem, response: Response) -> ProblemOut:
    tagged(response, problem.version)
    return (await queries.shown(session, [problem]))[0]
