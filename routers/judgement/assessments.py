"""Assessments: cycles, dossiers with their evidence, freeze, handover and receipt."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

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
from schemas.judgement.assessments import CycleCreate, CycleOut, DossierOut, EvidenceOut, Receipt, ReceiptOut
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.judgement.assessments import actions, queries
from service.judgement.assessments.tables import AssessmentCycle

router = APIRouter(prefix="/v1/assessment-cycles", tags=["assessments"])
Reader = Annotated[Actor, Requires(Permission.ASSESSMENT_READ)]
Writer = Annotated[Actor, Requires(Permission.ASSESSMENT_WRITE)]
DossierReader = Annotated[Actor, Requires(Permission.DOSSIER_READ)]
Receiver = Annotated[Actor, Requires(Permission.DOSSIER_RECEIVE)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "The same request was sent before."}}


class JsonLines(Response):
    """One JSON object per line."""

    media_type = "application/x-ndjson"


@router.put("/{cycle_id}", status_code=201, response_model=CycleOut, responses=REPEATED)
async def open_cycle(
    cycle_id: UUID, request: CycleCreate, actor: Writer, session: WriteSession, app_state: AppState, response: Response
) -> AssessmentCycle:
    """Open a cycle over the cadres of an organisation and all below it. Days are in Beijing time."""
    row, is_new = await actions.open_cycle(
        session, actor, cycle_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.get("")
async def list_cycles(actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession) -> Page[CycleOut]:
    """List the cycles, newest first."""
    rows = await queries.list_cycles(session, actor, query)
    return page_of(rows, CycleOut)


@router.get("/{cycle_id}", response_model=CycleOut)
async def read_cycle(cycle_id: UUID, actor: Reader, session: ReadSession, response: Response) -> AssessmentCycle:
    """Read one cycle. While it is freezing, `freezing_at` is set and the state is still `collecting`."""
    cycle = await queries.read_cycle(session, actor, cycle_id)
    set_etag(response, cycle.version)
    return cycle


@router.post("/{cycle_id}/freeze", status_code=202, response_model=CycleOut)
async def freeze_cycle(
    cycle_id: UUID, actor: Writer, expected_version: IfMatch, session: WriteSession, response: Response
) -> AssessmentCycle:
    """Freeze every dossier as of now. When all are written and signed, the state is `frozen`."""
    cycle = await actions.start_freezing(session, actor, cycle_id, expected_version)
    set_etag(response, cycle.version)
    return cycle


@router.get("/{cycle_id}/dossiers/{person_id}")
async def read_dossier(
    cycle_id: UUID, person_id: UUID, actor: DossierReader, audited: AuditedReadSession
) -> DossierOut:
    """Read your own dossier, or one of a cycle in your reach. The access is logged."""
    dossier = await queries.read_dossier(audited.session, actor, cycle_id, person_id)
    await audited.log("dossier.read", actor, person_id)
    return queries.dossier_out(dossier)


@router.get("/{cycle_id}/dossiers/{person_id}/indicators/{code}/evidence")
async def read_evidence(
    cycle_id: UUID,
    person_id: UUID,
    code: str,
    actor: DossierReader,
    query: Annotated[PageQuery, Query()],
    audited: AuditedReadSession,
    app_state: AppState,
) -> Page[EvidenceOut]:
    """List the evidence of one figure, newest first, with links to the records. The access is logged."""
    dossier = await queries.read_dossier(audited.session, actor, cycle_id, person_id)
    await audited.log("dossier.evidence_read", actor, person_id)
    evidence = queries.list_evidence(dossier, code, query, app_state.links)
    return Page(items=list(evidence.rows), next_cursor=evidence.next_cursor)


@router.get("/{cycle_id}/handover", response_class=JsonLines)
async def hand_over(cycle_id: UUID, actor: Receiver, audited: AuditedReadSession) -> Response:
    """Download the signed dossiers of a frozen cycle, one per line, as its receiver. Logged."""
    content = await queries.read_handover_file(audited.session, actor, cycle_id)
    await audited.log("dossier.handed_over", actor, cycle_id)
    return JsonLines(content)


@router.put("/{cycle_id}/receipt")
async def record_receipt(cycle_id: UUID, request: Receipt, actor: Receiver, session: WriteSession) -> ReceiptOut:
    """Confirm the handover with the SHA-256 of the received bytes."""
    return await actions.record_receipt(session, actor, cycle_id, request)
