"""Problems: raise, dispatch, accept, answer, rate, close; contacts; categories and routes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import (
    AppState,
    AuditedReadSession,
    IfMatch,
    ReadSession,
    WriteSession,
    page_of,
    set_created,
    set_etag,
)
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.solving.problems import (
    CategoryCode,
    CategoryOut,
    CategoryUpdate,
    CategoryVersionOut,
    ContactOut,
    Dispatch,
    LookupResult,
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
from service.fieldwork.visits import linked_records, return_visits
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
Dispatcher = Annotated[Actor, Requires(Permission.PROBLEM_DISPATCH)]
Handler = Annotated[Actor, Requires(Permission.PROBLEM_HANDLE)]
Revealer = Annotated[Actor, Requires(Permission.PROBLEM_REVEAL)]
Searcher = Annotated[Actor, Requires(Permission.PROBLEM_LOOK_UP)]
SettingWriter = Annotated[Actor, Requires(Permission.PROBLEM_SET_UP)]
REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same request was sent before. `link` is null if it was opened, otherwise new."}
}


@router.put("/{problem_id}", status_code=201, responses=REPEATED)
async def raise_problem(
    problem_id: UUID,
    request: ProblemCreate,
    actor: Raiser,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ProblemRaised:
    """Raise a problem for a resident and get the private link for them. Only the latest link works."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    raised = await linked_records.raise_problem(session, actor, app_state.keys, problem_id, request, fingerprint)
    set_created(response, raised.is_new, raised.problem.version)
    link = f"{app_state.settings.public_url.rstrip('/')}/p/{raised.token}" if raised.token else None
    return ProblemRaised(problem=(await queries.problems_out(session, [raised.problem]))[0], link=link)


@router.put("/{problem_id}/owner")
async def dispatch(
    problem_id: UUID,
    request: Dispatch,
    actor: Dispatcher,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Dispatch the problem to an organisation, its new owner."""
    return await _problem_out(
        session, await dispatch_problem(session, actor, problem_id, request, expected_version), response
    )


@router.put("/{problem_id}/acceptance")
async def accept(
    problem_id: UUID, actor: Handler, expected_version: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Accept the problem as its owner."""
    return await _problem_out(session, await accept_problem(session, actor, problem_id, expected_version), response)


@router.put("/{problem_id}/answer")
async def answer(
    problem_id: UUID,
    request: ProblemAnswer,
    actor: Handler,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Answer the resident, who then rates the answer."""
    return await _problem_out(
        session, await answer_problem(session, actor, problem_id, request, expected_version), response
    )


@router.put("/{problem_id}/rating")
async def relay_rating(
    problem_id: UUID,
    request: RelayedRatingCreate,
    actor: Raiser,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ProblemOut:
    """Relay the rating that the resident gave in a return visit, as the person who raised the problem."""
    return await _problem_out(
        session, await return_visits.relay_rating(session, actor, problem_id, request, expected_version), response
    )


@router.put("/{problem_id}/closure")
async def close(
    problem_id: UUID, actor: Handler, expected_version: IfMatch, session: WriteSession, response: Response
) -> ProblemOut:
    """Close a problem that the resident confirmed."""
    return await _problem_out(session, await close_problem(session, actor, problem_id, expected_version), response)


@router.post("/{problem_id}/reveals")
async def reveal_contact(
    problem_id: UUID, request: Reveal, actor: Revealer, audited: AuditedReadSession, app_state: AppState
) -> ContactOut:
    """Show the contact of the resident to a handler. The reason is written to the access log."""
    contact = await contacts.reveal_contact(audited.session, actor, app_state.keys, problem_id)
    await audited.log("problem.contact_revealed", actor, problem_id, reason=request.reason)
    return contact


@router.post("/lookups")
async def look_up(
    request: ProblemLookupQuery, actor: Searcher, audited: AuditedReadSession, app_state: AppState
) -> LookupResult:
    """Find the problems with a phone number, as a dispatcher. The reason is written to the access log."""
    problems = await contacts.find_by_phone(audited.session, actor, app_state.keys, request.phone)
    problem_ids = ",".join(str(problem.id) for problem in problems)
    await audited.log("problem.looked_up", actor, actor.id, reason=request.reason, problem_ids=problem_ids)
    return LookupResult(items=problems)


@router.get("")
async def list_problems(
    actor: Reader,
    query: Annotated[ProblemQuery, Query()],
    session: ReadSession,
) -> Page[ProblemOut]:
    """List the problems you may read, newest first: your own and those of organisations in your reach."""
    rows = await queries.list_problems(session, actor, query)
    return Page(items=list(rows.rows), next_cursor=rows.next_cursor)


@router.get("/{problem_id}")
async def read_problem(problem_id: UUID, actor: Reader, session: ReadSession, response: Response) -> ProblemOut:
    """Read one problem with its deadlines and possible verbs."""
    problem = await queries.read_problem(session, actor, problem_id)
    set_etag(response, problem.version)
    return problem


@settings_router.get("/problem-categories")
async def list_categories(
    actor: Reader,
    query: Annotated[PageQuery, Query()],
    session: ReadSession,
) -> Page[CategoryOut]:
    """List the categories by code, with their deadlines in working days."""
    rows = await queries.list_categories(session, query)
    return page_of(rows, CategoryOut)


@settings_router.put("/problem-categories/{code}", response_model=CategoryOut)
async def set_category(
    code: CategoryCode,
    request: CategoryUpdate,
    actor: SettingWriter,
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
    """List the versions of a category, newest first, with their author and the document behind them."""
    rows = await queries.list_versions(session, versions.CATEGORY, code, query)
    return page_of(rows, CategoryVersionOut)


@settings_router.get("/problem-routes/{route_id}/versions")
async def list_route_versions(
    route_id: UUID,
    actor: Reader,
    query: Annotated[SettingVersionQuery, Query()],
    session: ReadSession,
) -> Page[RouteVersionOut]:
    """List the versions of a route, newest first, with their author and the document behind them."""
    rows = await queries.list_versions(session, versions.ROUTE, route_id, query)
    return page_of(rows, RouteVersionOut)


@settings_router.put("/problem-routes/{route_id}", response_model=RouteOut)
async def set_route(route_id: UUID, request: RouteUpdate, actor: SettingWriter, session: WriteSession) -> ProblemRoute:
    """Set the organisation that handles a category in a division and below."""
    return await categories_and_routes.set_route(session, actor, route_id, request)


async def _problem_out(session: AsyncSession, problem: Problem, response: Response) -> ProblemOut:
    set_etag(response, problem.version)
    return (await queries.problems_out(session, [problem]))[0]
