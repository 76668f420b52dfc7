"""Placements and the yearly plans to select for them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import (
    AppState,
    AuditedReadSession,
    IfMatch,
    IfMatchGiven,
    Paged,
    ReadSession,
    WriteSession,
    created,
    tagged,
)
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.ground.placements import (
    Adoption,
    AppraisalCreate,
    BackgroundOut,
    BackgroundUpdate,
    CandidateOut,
    DecisionOut,
    EarlierReportOut,
    PlacementCreate,
    PlacementEnd,
    PlacementKind,
    PlacementOut,
    PlacementReportUpdate,
    SelectionCreate,
    SelectionDecisionCreate,
    SelectionOut,
)
from service.foundation.paging import encode_key
from service.ground.placements import actions, backgrounds, candidates, decisions, queries, selections
from service.ground.placements.tables import Placement, PlacementSelection
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

placements = APIRouter(prefix="/v1/placements", tags=["placements"])
plans = APIRouter(prefix="/v1/placement-selections", tags=["placements"])
people = APIRouter(prefix="/v1/people", tags=["placements"])
routers = (placements, plans, people)

Reader = Annotated[Actor, Requires(Permission.PLACEMENT_READ)]
Officer = Annotated[Actor, Requires(Permission.PLACEMENT_WRITE)]
Placed = Annotated[Actor, Requires(Permission.PLACEMENT_REPORT)]
Host = Annotated[Actor, Requires(Permission.PLACEMENT_APPRAISE)]
Selector = Annotated[Actor, Requires(Permission.PLACEMENT_SELECT)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@placements.put("/{placement_id}", status_code=201, response_model=PlacementOut, responses=AGAIN)
async def start_placement(
    placement_id: UUID,
    request: PlacementCreate,
    actor: Officer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Placement:
    """Send somebody from an organisation in your reach to a host for a term."""
    row, is_new = await actions.start(
        session, actor, placement_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    created(response, is_new, row.version)
    return row


@placements.put("/{placement_id}/end", response_model=PlacementOut)
async def end_placement(
    placement_id: UUID,
    request: PlacementEnd,
    actor: Officer,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """End it before its last day. On its last day it ends by itself."""
    row = await actions.end(session, actor, placement_id, request.reason, based_on)
    tagged(response, row.version)
    return row


@placements.put("/{placement_id}/report", response_model=PlacementOut)
async def report_placement(
    placement_id: UUID,
    request: PlacementReportUpdate,
    actor: Placed,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """Say what came of your own placement, such as the findings of a study."""
    row = await actions.report(session, actor, placement_id, request, based_on)
    tagged(response, row.version)
    return row


@placements.put("/{placement_id}/adoption", response_model=PlacementOut)
async def decide_adoption(
    placement_id: UUID, request: Adoption, actor: Officer, based_on: IfMatch, session: WriteSession, response: Response
) -> Placement:
    """The sending side adopts the report or not, and says why."""
    row = await actions.decide_adoption(session, actor, placement_id, request, based_on)
    tagged(response, row.version)
    return row


@placements.put("/{placement_id}/appraisal", response_model=PlacementOut)
async def appraise_placement(
    placement_id: UUID,
    request: AppraisalCreate,
    actor: Host,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """The host says in words how it went."""
    row = await actions.appraise(session, actor, placement_id, request.appraisal, based_on)
    tagged(response, row.version)
    return row


@placements.get("")
async def list_placements(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    person_id: Annotated[UUID | None, Query()] = None,
    sending_id: Annotated[UUID | None, Query()] = None,
    host_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[PlacementKind | None, Query()] = None,
) -> Page[PlacementOut]:
    """Placements you may see, newest first: your own, those sent by or hosted at organisations in your reach."""
    found = await queries.page(session, actor, queries.Wanted(person_id, sending_id, host_id, kind), page)
    items = [PlacementOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@placements.get("/{placement_id}", response_model=PlacementOut)
async def read_placement(placement_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Placement:
    """One placement."""
    row = await queries.one(session, actor, placement_id)
    tagged(response, row.version)
    return row


@placements.get("/{placement_id}/earlier-reports")
async def list_earlier_reports(
    placement_id: UUID, actor: Reader, page: Paged, session: ReadSession
) -> Page[EarlierReportOut]:
    """What the report said before it was written anew, newest first."""
    existing = await queries.one(session, actor, placement_id)
    found = await queries.earlier_reports(session, existing.id, page)
    return Page(items=[EarlierReportOut.model_validate(row) for row in found.rows], next_cursor=encode_key(found.last))


@plans.get("")
async def list_selections(
    actor: Selector,
    page: Paged,
    session: ReadSession,
    organisation_id: Annotated[UUID | None, Query()] = None,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
) -> Page[SelectionOut]:
    """Plans of organisations in your reach, newest first."""
    found = await selections.page(session, actor, page, organisation_id=organisation_id, year=year)
    return Page(items=[SelectionOut.model_validate(row) for row in found.rows], next_cursor=encode_key(found.last))


@plans.put("/{selection_id}", status_code=201, response_model=SelectionOut, responses=AGAIN)
async def make_selection(
    selection_id: UUID,
    request: SelectionCreate,
    actor: Selector,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlacementSelection:
    """Make a year's plan to send the young who lack experience at the grassroots; criteria are data."""
    row, is_new = await selections.make(
        session, actor, selection_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    created(response, is_new, row.version)
    return row


@plans.get("/{selection_id}", response_model=SelectionOut)
async def read_selection(
    selection_id: UUID, actor: Selector, session: ReadSession, response: Response
) -> PlacementSelection:
    """One plan."""
    row = await selections.one(session, actor, selection_id)
    tagged(response, row.version)
    return row


@plans.get("/{selection_id}/candidates")
async def list_candidates(
    selection_id: UUID, actor: Selector, page: Paged, door: AuditedReadSession
) -> Page[CandidateOut]:
    """Whom the criteria fit and who was decided about, with the facts, in no order of merit; people decide.

    Written to the access log.
    """
    plan = await selections.one(door.session, actor, selection_id)
    found = await candidates.page(door.session, actor, plan, page)
    await door.log("placement_selection.read", actor, selection_id)
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@plans.get("/{selection_id}/decisions/{person_id}")
async def read_decision(
    selection_id: UUID, person_id: UUID, actor: Selector, door: AuditedReadSession, response: Response
) -> DecisionOut:
    """What was decided about somebody, and what had been before. Written to the access log."""
    plan = await selections.one(door.session, actor, selection_id)
    shown = await decisions.one(door.session, plan, person_id)
    await door.log("selection_decision.read", actor, person_id, selection_id=str(selection_id))
    tagged(response, shown.version)
    return shown


@plans.put("/{selection_id}/decisions/{person_id}", status_code=204)
async def decide_candidate(
    selection_id: UUID,
    person_id: UUID,
    request: SelectionDecisionCreate,
    actor: Selector,
    based_on: IfMatchGiven,
    session: WriteSession,
    response: Response,
) -> None:
    """Decide about another person on the list, with a reason. Deciding anew needs If-Match; the earlier one is kept."""
    plan = await selections.one(session, actor, selection_id)
    row = await decisions.decide(session, actor, plan, person_id, request, based_on)
    tagged(response, row.version)


@people.get("/{person_id}/background")
async def read_background(
    person_id: UUID, actor: Selector, door: AuditedReadSession, response: Response
) -> BackgroundOut:
    """What is noted of a person in your reach, and what was before. Written to the access log."""
    shown = await backgrounds.one(door.session, actor, person_id)
    await door.log("person_background.read", actor, person_id)
    tagged(response, shown.version)
    return shown


@people.put("/{person_id}/background", status_code=204)
async def set_background(
    person_id: UUID,
    request: BackgroundUpdate,
    actor: Selector,
    based_on: IfMatchGiven,
    session: WriteSession,
    response: Response,
) -> None:
    """Note year of birth and earlier months at the grassroots of another person in your reach.

    What was noted before is kept; with If-Match it is only changed from that version.
    """
    row = await backgrounds.note(session, actor, person_id, request, based_on)
    tagged(response, row.version)
