"""Promises made at a place: create, keep, explain, list."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.fieldwork.promises import PromiseCreate, PromiseEnd, PromiseOut, PromiseQuery, PromiseState
from schemas.foundation.common import Page, canonical_fields
from service.fieldwork.promises import actions, queries
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visits import linked_records
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/promises", tags=["promises"])
Reader = Annotated[Actor, Requires(Permission.PROMISE_READ)]
Author = Annotated[Actor, Requires(Permission.PROMISE_WRITE)]
Owner = Annotated[Actor, Requires(Permission.PROMISE_KEEP)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{promise_id}", status_code=201, response_model=PromiseOut, responses=REPEATED)
async def create_promise(
    promise_id: UUID,
    request: PromiseCreate,
    actor: Author,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Promise:
    """Record what you promised at a place, who owns the promise, and when it is due."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await linked_records.create_promise(session, actor, promise_id, request, fingerprint)
    set_created(response, is_new, row.version)
    return row


@router.put("/{promise_id}/keeping", response_model=PromiseOut)
async def keep_promise(
    promise_id: UUID,
    request: PromiseEnd,
    actor: Owner,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Promise:
    """End a promise as kept and say how."""
    row = await actions.end_promise(session, actor, promise_id, PromiseState.KEPT, request.outcome, expected_version)
    set_etag(response, row.version)
    return row


@router.put("/{promise_id}/explanation", response_model=PromiseOut)
async def explain_promise(
    promise_id: UUID,
    request: PromiseEnd,
    actor: Owner,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Promise:
    """End a promise that could not be kept, and explain why."""
    row = await actions.end_promise(
        session, actor, promise_id, PromiseState.EXPLAINED, request.outcome, expected_version
    )
    set_etag(response, row.version)
    return row


@router.get("")
async def list_promises(
    actor: Reader,
    query: Annotated[PromiseQuery, Query()],
    session: ReadSession,
) -> Page[PromiseOut]:
    """List promises, newest first: yours, those of organisations in your reach and at their places."""
    promises = await queries.page(session, actor, query)
    return page_of(promises, PromiseOut)


@router.get("/{promise_id}", response_model=PromiseOut)
async def read_promise(promise_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Promise:
    """Read one promise."""
    row = await queries.get_promise(session, actor, promise_id)
    set_etag(response, row.version)
    return row
