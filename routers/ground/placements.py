"""Placements and the yearly plans to select for them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import (
    AppState,
    AuditedReadSession,
    IfMatch,
    IfMatchGiven,
    ReadSession,
    WriteSession,
    page_of,
    set_created,
    set_etag,
)
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
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
    PlacementOut,
    PlacementQuery,
    PlacementReportUpdate,
    SelectionCreate,
    SelectionDecisionCreate,
    SelectionOut,
    SelectionQuery,
)
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
    set_created(response, is_new, row.version)
    return row


@placements.put("/{placement_id}/end", response_model=PlacementOut)
async def end_placement(
    placement_id: UUID,
    request: PlacementEnd,
    actor: Officer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """End it before its last day. On its last day it ends by itself."""
    row = await actions.end(session, actor, placement_id, request.reason, expected_version)
    set_etag(response, row.version)
    return row


@placements.put("/{placement_id}/report", response_model=PlacementOut)
async def report_placement(
    placement_id: UUID,
    request: PlacementReportUpdate,
    actor: Placed,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """Say what came of your own placement, such as the findings of a study."""
    row = await actions.report(session, actor, placement_id, request, expected_version)
    set_etag(response, row.version)
    return row


@placements.put("/{placement_id}/adoption", response_model=PlacementOut)
async def decide_adoption(
    placement_id: UUID,
    request: Adoption,
    actor: Officer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """The sending side adopts the report or not, and says why."""
    row = await actions.decide_adoption(session, actor, placement_id, request, expected_version)
    set_etag(response, row.version)
    return row


@placements.put("/{placement_id}/appraisal", response_model=PlacementOut)
async def appraise_placement(
    placement_id: UUID,
    request: AppraisalCreate,
    actor: Host,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """The host says in words how it went."""
    row = await actions.appraise(session, actor, placement_id, request.appraisal, expected_version)
    set_etag(response, row.version)
    return row


@placements.get("")
async def list_placements(
    actor: Reader,
    query: Annotated[PlacementQuery, Query()],
    session: ReadSession,
) -> Page[PlacementOut]:
    """Placements you may see, newest first: your own, those sent by or hosted at organisations in your reach."""
    found = await queries.page(session, actor, query)
    return page_of(found, PlacementOut)


@placements.get("/{placement_id}", response_model=PlacementOut)
async def read_placement(placement_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Placement:
    """One placement."""
    row = await queries.one(session, actor, placement_id)
    set_etag(response, row.version)
    return row


@placements.get("/{placement_id}/earlier-reports")
async def list_earlier_reports(
    placement_id: UUID, actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[EarlierReportOut]:
    """What the report said before it was written anew, newest first."""
    found = await queries.earlier_reports(session, actor, placement_id, query)
    return page_of(found, EarlierReportOut)


@plans.get("")
async def list_selections(
    actor: Selector,
    query: Annotated[SelectionQuery, Query()],
    session: ReadSession,
) -> Page[SelectionOut]:
    """Plans of organisations in your reach, newest first."""
    found = await selections.page(session, actor, query)
    return page_of(found, SelectionOut)


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
    set_created(response, is_new, row.version)
    return row


@plans.get("/{selection_id}", response_model=SelectionOut)
async def read_selection(
    selection_id: UUID, actor: Selector, session: ReadSession, response: Response
) -> PlacementSelection:
    """One plan."""
    row = await selections.one(session, actor, selection_id)
    set_etag(response, row.version)
    return row


@plans.get("/{selection_id}/candidates")
async def list_candidates(
    selection_id: UUID, actor: Selector, query: Annotated[PageQuery, Query()], audited: AuditedReadSession
) -> Page[CandidateOut]:
    """Whom the criteria fit and who was decided about, with the facts, in no order of merit; people decide.

    Written to the access log.
    """
    found = await candidates.page(audited.session, actor, selection_id, query)
    await audited.log("placement_selection.read", actor, selection_id)
    return Page(items=list(found.rows), next_cursor=found.next_cursor)


@plans.get("/{selection_id}/decisions/{person_id}")
async def read_decision(
    selection_id: UUID, person_id: UUID, actor: Selector, audited: AuditedReadSession, response: Response
) -> DecisionOut:
    """What was decided about somebody, and what had been before. Written to the access log."""
    shown = await decisions.one(audited.session, actor, selection_id, person_id)
    await audited.log("selection_decision.read", actor, person_id, selection_id=str(selection_id))
    set_etag(response, shown.version)
    return shown


@plans.put("/{selection_id}/decisions/{person_id}", status_code=204)
async def decide_candidate(
    selection_id: UUID,
    person_id: UUID,
    request: SelectionDecisionCreate,
    actor: Selector,
    expected_version: IfMatchGiven,
    session: WriteSession,
    response: Response,
) -> None:
    """Decide about another person on the list, with a reason. Deciding anew needs If-Match; the earlier one is kept."""
    row = await decisions.decide(session, actor, selection_id, person_id, request, expected_version)
    set_etag(response, row.version)


@people.get("/{person_id}/background")
async def read_background(
    person_id: UUID, actor: Selector, audited: AuditedReadSession, response: Response
) -> BackgroundOut:
    """What is noted of a person in your reach, and what was before. Written to the access log."""
    shown = await backgrounds.one(audited.session, actor, person_id)
    await audited.log("person_background.read", actor, person_id)
    set_etag(response, shown.version)
    return shown


@people.put("/{person_id}/background", status_code=204)
async def set_background(
    person_id: UUID,
    request: BackgroundUpdate,
    actor: Selector,
    expected_version: IfMatchGiven,
    session: WriteSession,
    response: Response,
) -> None:
    """Note year of birth and earlier months at the grassroots of another person in your reach.

    What was noted before is kept; with If-Match it is only changed from that version.
    """
    row = await backgrounds.note(session, actor, person_id, request, expected_version)
    set_etag(response, row.version)
