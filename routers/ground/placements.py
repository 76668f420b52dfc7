"""Placements, yearly selection plans and the backgrounds of people."""

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
    AdoptionUpdate,
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
from service.ground.placements import (
    actions,
    backgrounds,
    candidates,
    queries,
    selection_decisions,
    selections,
)
from service.ground.placements.tables import Placement, PlacementSelection
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

placements = APIRouter(prefix="/v1/placements", tags=["placements"])
plans = APIRouter(prefix="/v1/placement-selections", tags=["placements"])
people = APIRouter(prefix="/v1/people", tags=["placements"])
routers = (placements, plans, people)

Reader = Annotated[Actor, Requires(Permission.PLACEMENT_READ)]
Officer = Annotated[Actor, Requires(Permission.PLACEMENT_WRITE)]
PlacedPerson = Annotated[Actor, Requires(Permission.PLACEMENT_REPORT)]
Host = Annotated[Actor, Requires(Permission.PLACEMENT_APPRAISE)]
Selector = Annotated[Actor, Requires(Permission.PLACEMENT_SELECT)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "The same request was sent before; nothing changed."}}


@placements.put("/{placement_id}", status_code=201, response_model=PlacementOut, responses=REPEATED)
async def start_placement(
    placement_id: UUID,
    request: PlacementCreate,
    actor: Officer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Placement:
    """Start a placement: an organisation within your reach sends a person to a host for a term."""
    row, is_new = await actions.start_placement(
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
    """End a placement before its last day. At the end of the last day it ends automatically."""
    row = await actions.end_placement(session, actor, placement_id, request.reason, expected_version)
    set_etag(response, row.version)
    return row


@placements.put("/{placement_id}/report", response_model=PlacementOut)
async def report_placement(
    placement_id: UUID,
    request: PlacementReportUpdate,
    actor: PlacedPerson,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """Write the report of your own placement, such as the findings of your research."""
    row = await actions.write_report(session, actor, placement_id, request, expected_version)
    set_etag(response, row.version)
    return row


@placements.put("/{placement_id}/adoption", response_model=PlacementOut)
async def decide_adoption(
    placement_id: UUID,
    request: AdoptionUpdate,
    actor: Officer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Placement:
    """Decide, for the sending organisation, whether to adopt the report, with the reason."""
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
    """Write the host's appraisal of the person's work."""
    row = await actions.write_appraisal(session, actor, placement_id, request.appraisal, expected_version)
    set_etag(response, row.version)
    return row


@placements.get("")
async def list_placements(
    actor: Reader,
    query: Annotated[PlacementQuery, Query()],
    session: ReadSession,
) -> Page[PlacementOut]:
    """List the placements you may see, newest first.

    These are your own, and those sent or hosted by organisations within your reach.
    """
    page = await queries.list_placements(session, actor, query)
    return page_of(page, PlacementOut)


@placements.get("/{placement_id}", response_model=PlacementOut)
async def read_placement(placement_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Placement:
    """Read a placement."""
    row = await queries.get_placement(session, actor, placement_id)
    set_etag(response, row.version)
    return row


@placements.get("/{placement_id}/earlier-reports")
async def list_earlier_reports(
    placement_id: UUID, actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[EarlierReportOut]:
    """List the earlier texts of the report, newest first."""
    page = await queries.list_earlier_reports(session, actor, placement_id, query)
    return page_of(page, EarlierReportOut)


@plans.get("")
async def list_selections(
    actor: Selector,
    query: Annotated[SelectionQuery, Query()],
    session: ReadSession,
) -> Page[SelectionOut]:
    """List the selection plans of organisations within your reach, newest first."""
    page = await selections.list_selections(session, actor, query)
    return page_of(page, SelectionOut)


@plans.put("/{selection_id}", status_code=201, response_model=SelectionOut, responses=REPEATED)
async def create_selection(
    selection_id: UUID,
    request: SelectionCreate,
    actor: Selector,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlacementSelection:
    """Create an organisation's yearly plan to send young people who lack grassroots experience."""
    row, is_new = await selections.create_selection(
        session, actor, selection_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@plans.get("/{selection_id}", response_model=SelectionOut)
async def read_selection(
    selection_id: UUID, actor: Selector, session: ReadSession, response: Response
) -> PlacementSelection:
    """Read a selection plan."""
    row = await selections.get_selection(session, actor, selection_id)
    set_etag(response, row.version)
    return row


@plans.get("/{selection_id}/candidates")
async def list_candidates(
    selection_id: UUID, actor: Selector, query: Annotated[PageQuery, Query()], audited: AuditedReadSession
) -> Page[CandidateOut]:
    """List the people who match the criteria or already have a decision, with the facts.

    There is no ranking; officers decide. The reading is written to the access log.
    """
    page = await candidates.list_candidates(audited.session, actor, selection_id, query)
    await audited.log("placement_selection.read", actor, selection_id)
    return Page(items=list(page.rows), next_cursor=page.next_cursor)


@plans.get("/{selection_id}/decisions/{person_id}")
async def read_decision(
    selection_id: UUID, person_id: UUID, actor: Selector, audited: AuditedReadSession, response: Response
) -> DecisionOut:
    """Read the decision about a candidate and its earlier versions.

    The reading is written to the access log.
    """
    decision = await selection_decisions.get_decision(audited.session, actor, selection_id, person_id)
    await audited.log("selection_decision.read", actor, person_id, selection_id=str(selection_id))
    set_etag(response, decision.version)
    return decision


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
    """Decide about another person on the list of candidates, with the reason.

    A change of the decision needs If-Match; the earlier decision is kept.
    """
    row = await selection_decisions.decide_candidate(session, actor, selection_id, person_id, request, expected_version)
    set_etag(response, row.version)


@people.get("/{person_id}/background")
async def read_background(
    person_id: UUID, actor: Selector, audited: AuditedReadSession, response: Response
) -> BackgroundOut:
    """Read the background of a person within your reach and its earlier values.

    The reading is written to the access log.
    """
    background = await backgrounds.get_background(audited.session, actor, person_id)
    await audited.log("person_background.read", actor, person_id)
    set_etag(response, background.version)
    return background


@people.put("/{person_id}/background", status_code=204)
async def set_background(
    person_id: UUID,
    request: BackgroundUpdate,
    actor: Selector,
    expected_version: IfMatchGiven,
    session: WriteSession,
    response: Response,
) -> None:
    """Set the year of birth and the earlier grassroots months of another person within your reach.

    The earlier values are kept. With If-Match the change is made only if the version is still the same.
    """
    row = await backgrounds.set_background(session, actor, person_id, request, expected_version)
    set_etag(response, row.version)
