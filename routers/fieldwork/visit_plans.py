"""Plans of visits, and the calendar of a place."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.fieldwork.visit_plans import (
    Calendar,
    CalendarQuery,
    VisitPlanCancel,
    VisitPlanCreate,
    VisitPlanOut,
    VisitPlanQuery,
    VisitPlanWithOthers,
)
from schemas.foundation.common import Page, canonical_fields
from service.fieldwork.visit_plans import actions, queries
from service.fieldwork.visit_plans.tables import VisitPlan
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

plans = APIRouter(prefix="/v1/visit-plans", tags=["visits"])
calendars = APIRouter(prefix="/v1/places", tags=["places"])
routers = (plans, calendars)

Visitor = Annotated[Actor, Requires(Permission.VISIT_WRITE)]
Reader = Annotated[Actor, Requires(Permission.VISIT_READ)]
PlaceReader = Annotated[Actor, Requires(Permission.PLACE_READ)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@plans.put("/{plan_id}", status_code=201, responses=REPEATED)
async def plan_visit(
    plan_id: UUID,
    request: VisitPlanCreate,
    actor: Visitor,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitPlanWithOthers:
    """Plan a visit, announced or not. The response lists the other visits expected there on those days."""
    row, is_new = await actions.create_plan(
        session, actor, plan_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    also_expected = await queries.also_expected(session, actor, row)
    return VisitPlanWithOthers(plan=VisitPlanOut.model_validate(row), also_expected=also_expected)


@plans.put("/{plan_id}/cancellation", response_model=VisitPlanOut)
async def cancel_plan(
    plan_id: UUID,
    request: VisitPlanCancel,
    actor: Visitor,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> VisitPlan:
    """Cancel your plan of a visit."""
    row = await actions.cancel_plan(session, actor, plan_id, request.reason, expected_version)
    set_etag(response, row.version)
    return row


@plans.get("")
async def list_plans(
    actor: Reader,
    query: Annotated[VisitPlanQuery, Query()],
    session: ReadSession,
) -> Page[VisitPlanOut]:
    """List plans, newest first: yours and those of organisations in your reach."""
    plans_page = await queries.page(session, actor, query)
    return page_of(plans_page, VisitPlanOut)


@plans.get("/{plan_id}", response_model=VisitPlanOut)
async def read_plan(plan_id: UUID, actor: Reader, session: ReadSession, response: Response) -> VisitPlan:
    """Read one plan."""
    row = await queries.get_plan(session, actor, plan_id)
    set_etag(response, row.version)
    return row


@calendars.get("/{place_id}/calendar")
async def read_calendar(
    place_id: UUID,
    actor: PlaceReader,
    session: ReadSession,
    query: Annotated[CalendarQuery, Query()],
) -> Calendar:
    """List the announced visits of a place, to avoid several visits at the same time."""
    return Calendar(items=await queries.calendar(session, place_id, query.from_on, query.until_on))
