"""Visits: check-in, record, late entry, correction, check-out; visit purposes; presence rules."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from routers.deps import (
    AppState,
    AutocommitConnection,
    IfMatch,
    ReadSession,
    WriteSession,
    page_of,
    set_created,
    set_etag,
)
from routers.guard import Requires
from schemas.fieldwork.visits import (
    CheckIn,
    CheckOut,
    LateEntryCreate,
    PresenceRules,
    PurposeCode,
    PurposeOut,
    PurposeUpdate,
    VisitCorrectionCreate,
    VisitCorrectionDecision,
    VisitCorrectionOut,
    VisitCorrectionQuery,
    VisitDetails,
    VisitOut,
    VisitQuery,
    VisitRecord,
    VisitWithLinks,
)
from schemas.foundation.common import Page, PageQuery, Timestamp, canonical_fields
from service.fieldwork.visits import (
    acknowledgements,
    actions,
    companions,
    corrections,
    drafts,
    late_entries,
    presence_explanations,
    purposes,
    queries,
    visit_record,
)
from service.fieldwork.visits import check_in as check_ins
from service.fieldwork.visits.tables import Visit, VisitCorrection, VisitPurpose
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/visits", tags=["visits"])
correction_list = APIRouter(prefix="/v1/visit-corrections", tags=["visits"])
presence_list = APIRouter(prefix="/v1/presence-rules", tags=["visits"])
purpose_list = APIRouter(prefix="/v1/visit-purposes", tags=["visits"])
routers = (router, correction_list, purpose_list, presence_list)

Visitor = Annotated[Actor, Requires(Permission.VISIT_WRITE)]
Reader = Annotated[Actor, Requires(Permission.VISIT_READ)]
Companion = Annotated[Actor, Requires(Permission.VISIT_DECLINE)]
PlaceOfficer = Annotated[Actor, Requires(Permission.VISIT_ACKNOWLEDGE)]
Corrector = Annotated[Actor, Requires(Permission.VISIT_CORRECT)]
PurposeAdministrator = Annotated[Actor, Requires(Permission.VISIT_PURPOSE_SET_UP)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}
SentAt = Annotated[
    Timestamp | None, Header(alias="Sent-At", description="The phone's clock when it sent this request.")
]


@router.put("/{visit_id}", status_code=201, responses={200: {"model": VisitOut, "description": "Sent before."}})
async def check_in(
    visit_id: UUID,
    request: CheckIn,
    actor: Visitor,
    pool: AutocommitConnection,
    app_state: AppState,
    response: Response,
    sent_at: SentAt = None,
) -> VisitOut:
    """Check in at a place. A check-in is never refused because it is far away, late or without a position.

    A repeated request with the same id returns the same visit.
    """
    check_in_request = check_ins.build_check_in_request(app_state.keys, visit_id, request)
    result = await check_ins.check_in(pool, actor, check_in_request, sent_at)
    set_created(response, result.is_new, result.visit.version)
    return result.visit


@router.put("/{visit_id}/record")
async def write_record(
    visit_id: UUID,
    request: VisitRecord,
    actor: Visitor,
    expected_version: IfMatch,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitWithLinks:
    """Write the record of your visit: texts, insights, problems and promises, in one request."""
    result = await drafts.write_own_record(session, actor, app_state.keys, visit_id, request, expected_version)
    set_etag(response, result.visit.version)
    return await visit_record.build_visit_out(session, actor, result, app_state.settings.public_url)


@router.put("/{visit_id}/late-entry", status_code=201, responses={200: {"description": "Sent before."}})
async def write_late_entry(
    visit_id: UUID,
    request: LateEntryCreate,
    actor: Visitor,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitWithLinks:
    """Record a whole visit after it took place, in one request. It has no disadvantage."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    result, is_new = await late_entries.write_late_entry(session, actor, app_state.keys, visit_id, request, fingerprint)
    set_created(response, is_new, result.visit.version)
    return await visit_record.build_visit_out(session, actor, result, app_state.settings.public_url)


@router.put("/{visit_id}/decline", status_code=204)
async def decline(visit_id: UUID, actor: Companion, session: WriteSession) -> None:
    """Decline: you were named as a companion but were not there.

    Allowed for the days of a local rule (10).
    """
    await companions.decline(session, actor, visit_id)


@router.put("/{visit_id}/acknowledgement", status_code=204)
async def acknowledge(visit_id: UUID, actor: PlaceOfficer, session: WriteSession) -> None:
    """Acknowledge a visit as the organisation responsible for the place."""
    await acknowledgements.acknowledge(session, actor, visit_id)


@router.put(
    "/{visit_id}/corrections/{correction_id}", status_code=201, response_model=VisitCorrectionOut, responses=REPEATED
)
async def request_visit_correction(
    visit_id: UUID,
    correction_id: UUID,
    request: VisitCorrectionCreate,
    actor: Visitor,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitCorrection:
    """Request other values for an ended visit of yours. The old values are kept."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await corrections.request_correction(session, actor, visit_id, correction_id, request, fingerprint)
    set_created(response, is_new, row.version)
    return row


@router.put("/{visit_id}/check-out", response_model=VisitOut)
async def check_out(
    visit_id: UUID,
    request: CheckOut,
    actor: Visitor,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Visit:
    """Check out. The organisation responsible for the place can see the visit from now on."""
    visit = await actions.check_out(session, actor, visit_id, request, expected_version)
    set_etag(response, visit.version)
    return visit


@router.get("")
async def list_visits(
    actor: Reader,
    query: Annotated[VisitQuery, Query()],
    session: ReadSession,
) -> Page[VisitOut]:
    """List visits, newest first: yours, those of organisations in your reach, ended ones at their places."""
    visits = await queries.page(session, actor, query)
    return Page(items=list(visits.rows), next_cursor=visits.next_cursor)


@router.get("/{visit_id}")
async def read_visit(visit_id: UUID, actor: Reader, session: ReadSession, response: Response) -> VisitDetails:
    """Read one visit with its companions."""
    visit = await queries.details(session, actor, visit_id)
    set_etag(response, visit.version)
    return visit


@correction_list.get("")
async def list_visit_corrections(
    actor: Reader,
    query: Annotated[VisitCorrectionQuery, Query()],
    session: ReadSession,
) -> Page[VisitCorrectionOut]:
    """List corrections of your visits and of visits of organisations in your reach, newest first."""
    corrections_page = await corrections.page(session, actor, query)
    return page_of(corrections_page, VisitCorrectionOut)


@correction_list.put("/{correction_id}/decision", response_model=VisitCorrectionOut)
async def decide_visit_correction(
    correction_id: UUID,
    request: VisitCorrectionDecision,
    actor: Corrector,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> VisitCorrection:
    """Accept or refuse a correction of another person's visit, with a reason."""
    row = await corrections.decide_correction(session, actor, correction_id, request, expected_version)
    set_etag(response, row.version)
    return row


@purpose_list.get("")
async def list_purposes(
    actor: Reader,
    query: Annotated[PageQuery, Query()],
    session: ReadSession,
) -> Page[PurposeOut]:
    """List the purposes of visits in the order of their codes."""
    return page_of(await purposes.page(session, query), PurposeOut)


@purpose_list.put("/{code}", response_model=PurposeOut)
async def set_purpose(
    code: PurposeCode, request: PurposeUpdate, actor: PurposeAdministrator, session: WriteSession
) -> VisitPurpose:
    """Add or change a purpose of visits, for the whole jurisdiction."""
    return await purposes.set_purpose(session, actor, code, request)


@presence_list.get("")
async def read_presence_rules(_actor: Reader) -> PresenceRules:
    """List every presence reason with its meaning and its rule, from the table that the check-in uses."""
    return presence_explanations.presence_rules()
