"""Residence reports of Party members: submit, confirm, return, end."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.residence.reports import (
    ResidenceReportConfirm,
    ResidenceReportCreate,
    ResidenceReportEnd,
    ResidenceReportOut,
    ResidenceReportQuery,
    ResidenceReportReturn,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.residence.reports import actions, queries
from service.residence.reports.tables import ResidenceReport

router = APIRouter(prefix="/v1/residence-reports", tags=["residence-reports"])
Member = Annotated[Actor, Requires(Permission.RESIDENCE_REPORT_WRITE)]
Decider = Annotated[Actor, Requires(Permission.RESIDENCE_REPORT_DECIDE)]
Reader = Annotated[Actor, Requires(Permission.RESIDENCE_REPORT_READ)]


@router.put(
    "/{report_id}",
    status_code=201,
    response_model=ResidenceReportOut,
    responses={200: {"model": ResidenceReportOut, "description": "The same request was sent before; nothing changed."}},
)
async def submit_residence_report(
    report_id: UUID,
    request: ResidenceReportCreate,
    actor: Member,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ResidenceReport:
    """Submit your report to the Party organisation of the community or village where you live."""
    report, is_new = await actions.submit_report(
        session, actor, report_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, report.version)
    return report


@router.put("/{report_id}/confirmation", response_model=ResidenceReportOut)
async def confirm_residence_report(
    report_id: UUID,
    actor: Decider,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
    request: ResidenceReportConfirm | None = None,
) -> ResidenceReport:
    """Confirm, for the organisation, that the member lives there."""
    report = await actions.confirm_report(session, actor, report_id, expected_version)
    set_etag(response, report.version)
    return report


@router.put("/{report_id}/return", response_model=ResidenceReportOut)
async def return_residence_report(
    report_id: UUID,
    request: ResidenceReportReturn,
    actor: Decider,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ResidenceReport:
    """Return the report, for the organisation, with the reason. The member may report again."""
    report = await actions.return_report(session, actor, report_id, request.reason, expected_version)
    set_etag(response, report.version)
    return report


@router.put("/{report_id}/end", response_model=ResidenceReportOut)
async def end_residence_report(
    report_id: UUID,
    request: ResidenceReportEnd,
    actor: Member,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ResidenceReport:
    """End your own report, for example after a move. Before it is confirmed, this withdraws it."""
    report = await actions.end_report(session, actor, report_id, request.reason, expected_version)
    set_etag(response, report.version)
    return report


@router.get("")
async def list_residence_reports(
    actor: Reader,
    query: Annotated[ResidenceReportQuery, Query()],
    session: ReadSession,
) -> Page[ResidenceReportOut]:
    """List the reports you may see, newest first: your own, and those to organisations within your reach."""
    page = await queries.list_reports(session, actor, query)
    return page_of(page, ResidenceReportOut)


@router.get("/{report_id}", response_model=ResidenceReportOut)
async def read_residence_report(
    report_id: UUID, actor: Reader, session: ReadSession, response: Response
) -> ResidenceReport:
    """Read a residence report."""
    report = await queries.get_report(session, actor, report_id)
    set_etag(response, report.version)
    return report
