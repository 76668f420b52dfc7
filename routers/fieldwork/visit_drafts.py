"""Drafts: visits that a delegate records for a leader, and the leader's confirmation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.fieldwork.visits import DraftCreate, DraftListItem, VisitDraftQuery, VisitRecord, VisitWithLinks
from schemas.foundation.common import Page, canonical_fields
from service.fieldwork.visits import drafts, visit_record
from service.fieldwork.visits.tables import VisitDraft
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/visit-drafts", tags=["visits"])
Delegate = Annotated[Actor, Requires(Permission.VISIT_WRITE_FOR_LEADER)]
Leader = Annotated[Actor, Requires(Permission.VISIT_WRITE)]
Reader = Annotated[Actor, Requires(Permission.VISIT_READ)]


@router.put("/{visit_id}", status_code=201, responses={200: {"description": "Sent before."}})
async def write_draft(
    visit_id: UUID,
    request: DraftCreate,
    actor: Delegate,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitWithLinks:
    """Record a whole visit of your leader. The leader confirms it once."""
    result, is_new = await drafts.write_late_entry(
        session, actor, app_state.keys, visit_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, result.visit.version)
    return await visit_record.build_visit_out(session, actor, result, app_state.settings.public_url)


@router.put("/{visit_id}/record")
async def write_draft_record(
    visit_id: UUID,
    request: VisitRecord,
    actor: Delegate,
    expected_version: IfMatch,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> VisitWithLinks:
    """Write the record of a visit for which your leader checked in, until the leader confirms it."""
    result = await drafts.write_record(session, actor, app_state.keys, visit_id, request, expected_version)
    set_etag(response, result.visit.version)
    return await visit_record.build_visit_out(session, actor, result, app_state.settings.public_url)


@router.put("/{visit_id}/confirmation", response_model=DraftListItem)
async def confirm_draft(
    visit_id: UUID, actor: Leader, expected_version: IfMatch, session: WriteSession, response: Response
) -> VisitDraft:
    """Confirm a draft as its leader, based on the version of the draft that was read."""
    draft = await drafts.confirm(session, actor, visit_id, expected_version)
    set_etag(response, draft.version)
    return draft


@router.get("")
async def list_drafts(
    actor: Reader,
    query: Annotated[VisitDraftQuery, Query()],
    session: ReadSession,
) -> Page[DraftListItem]:
    """List the drafts written for you and the drafts you wrote for your leader, newest first."""
    drafts_page = await drafts.page(session, actor, query)
    return page_of(drafts_page, DraftListItem)
