"""Problems: raised, dispatched, accepted, answered, judged by whoever raised them, closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, AuditedReadSession, IfMatch, ReadSession, WriteSession, created, page_of, tagged
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.solving.problems import (
    CategoryCode,
    CategoryOut,
    CategoryUpdate,
    CategoryVersionOut,
    ContactOut,
    Dispatch,
    Found,
    ProblemAnswer,
    ProblemCreate,
    ProblemLookupQuery,
    ProblemOut,
    ProblemQuery,
    ProblemRaised,
    RelayedRatingCreate,
    Reveal,
    RouteOut,
    RouteUpdate,
    RouteVersionOut,
    SettingVersionQuery,
)
from service.fieldwork.visits import raising, return_visits
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.solving.problems import categories_and_routes, contacts, queries, versions
from service.solving.problems.actions.accept import accept_problem
from service.solving.problems.actions.answer import answer_problem
from service.solving.problems.actions.close import close_problem
from service.solving.problems.actions.dispatch import dispatch_problem
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
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    raised = await raising.raise_problem(session, actor, app_state.keys, problem_id, request, fingerprint)
    created(response, raised.is_new, raised.problem.version)
    link = f"{app_state.settings.public_url.rstrip('/')}/p/{raised.token}" if raised.token else None
    return ProblemRaised(problem=(await queries.problems_out(session, [raised.problem]))[0], link=link)


@router.put("/{problem_id}/owner")
async def dispatch(
    problem_id: UUID,
    request: Dispatch,
    actor: Desk,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Give the problem to the organisation that shall own it."""
    return await _moved(
        session, await dispatch_problem(session, actor, problem_id, request, expected_version), response
    )


@router.put("/{problem_id}/acceptance")
async def accept(
    problem_id: UUID, actor: Handler, expected_version: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Take the problem on, as its owner."""
    return await _moved(session, await accept_problem(session, actor, problem_id, expected_version), response)


@router.put("/{problem_id}/answer")
async def answer(
    problem_id: UUID,
    request: ProblemAnswer,
    actor: Handler,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Tell the person what was done; the person judges it."""
    return await _moved(session, await answer_problem(session, actor, problem_id, request, expected_version), response)


@router.put("/{problem_id}/rating")
async def judge(
    problem_id: UUID,
    request: RelayedRatingCreate,
    actor: Raiser,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """The person's word, heard by whoever raised the problem in a visit there after the answer; never by the owner."""
    return await _moved(
        session, await return_visits.judge(session, actor, problem_id, request, expected_version), response
    )


@router.put("/{problem_id}/closure")
async def close(
    problem_id: UUID, actor: Handler, expected_version: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Close what the person confirmed."""
    return await _moved(session, await close_problem(session, actor, problem_id, expected_version), response)


@router.post("/{problem_id}/reveals")
async def reveal_contact(
    problem_id: UUID, request: Reveal, actor: Revealer, audited: AuditedReadSession, app_state: AppState
) -> ContactOut:
    """Show the resident's contact to the handler. The reason is written to the access log."""
    contact = await contacts.reveal_contact(audited.session, actor, app_state.keys, problem_id)
    await audited.log("problem.contact_revealed", actor, problem_id, reason=request.reason)
    return contact


@router.post("/lookups")
async def look_up(
    request: ProblemLookupQuery, actor: LookingUp, audited: AuditedReadSession, app_state: AppState
) -> Found:
    """Problems of whoever has this phone number, for the dispatch desk; the reason is written to the access log."""
    found = await contacts.find_by_phone(audited.session, actor, app_state.keys, request.phone)
    seen = ",".join(str(problem.id) for problem in found)
    await audited.log("problem.looked_up", actor, actor.id, reason=request.reason, problem_ids=seen)
    return Found(items=found)


@router.get("")
async def list_problems(
    actor: Reader,
    query: Annotated[ProblemQuery, Query()],
    session: ReadSession,
) -> Page[ProblemOut]:
    """Problems you may see, newest first: your own, and those your organisations own, raised or have at places."""
    found = await queries.list_problems(session, actor, query)
    return Page(items=list(found.rows), next_cursor=found.next_cursor)


@router.get("/{problem_id}")
async def read_problem(problem_id: UUID, actor: Reader, session: ReadSession, response: Response) -> ProblemOut:
    """One problem, with its running deadlines and what may be done to it."""
    problem = await queries.read_problem(session, actor, problem_id)
    tagged(response, problem.version)
    return problem


@settings_router.get("/problem-categories")
async def list_categories(
    actor: Reader,
    query: Annotated[PageQuery, Query()],
    session: ReadSession,
) -> Page[CategoryOut]:
    """What a problem can be about, by code, with the deadlines in working days."""
    found = await queries.list_categories(session, query)
    return page_of(found, CategoryOut)


@settings_router.put("/problem-categories/{code}", response_model=CategoryOut)
async def set_category(
    code: CategoryCode,
    request: CategoryUpdate,
    actor: SettingUp,
    session: WriteSession,
) -> ProblemCategory:
    """Add or change a category of problems and its deadlines in working days."""
    return await categories_and_routes.set_category(session, actor, code, request)


@settings_router.get("/problem-categories/{code}/versions")
async def list_category_versions(
    code: CategoryCode,
    actor: Reader,
    query: Annotated[SettingVersionQuery, Query()],
    session: ReadSession,
) -> Page[CategoryVersionOut]:
    """How a category and its deadlines were, newest first, with who set them and the rule they come from."""
    found = await queries.list_versions(session, versions.CATEGORY, code, query)
    return page_of(found, CategoryVersionOut)


@settings_router.get("/problem-routes/{route_id}/versions")
async def list_route_versions(
    route_id: UUID,
    actor: Reader,
    query: Annotated[SettingVersionQuery, Query()],
    session: ReadSession,
) -> Page[RouteVersionOut]:
    """Where a route led, newest first, with who set it and the rule it comes from."""
    found = await queries.list_versions(session, versions.ROUTE, route_id, query)
    return page_of(found, RouteVersionOut)


@settings_router.put("/problem-routes/{route_id}", response_model=RouteOut)
async def set_route(route_id: UUID, request: RouteUpdate, actor: SettingUp, session: WriteSession) -> ProblemRoute:
    """Say which organisation handles a category in a division and below."""
    return await categories_and_routes.set_route(session, actor, route_id, request)


async def _moved(session: AsyncSession, problem: Problem, response: Response) -> ProblemOut:
    tagged(response, problem.version)
    return (await queries.problems_out(session, [problem]))[0]
