"""Promises given at a place: with an owner and a day; kept, or explained."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, created, page_of, tagged
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
Giver = Annotated[Actor, Requires(Permission.PROMISE_WRITE)]
Owner = Annotated[Actor, Requires(Permission.PROMISE_KEEP)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{promise_id}", status_code=201, response_model=PromiseOut, responses=AGAIN)
async def give_promise(
    promise_id: UUID,
    request: PromiseCreate,
    actor: Giver,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Promise:
    """Write down what you promised at a place, who sees to it and until when."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await linked_records.create_promise(session, actor, promise_id, request, fingerprint)
    created(response, is_new, row.version)
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
    """Say how it was kept."""
    row = await actions.end(session, actor, promise_id, PromiseState.KEPT, request.outcome, expected_version)
    tagged(response, row.version)
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
    """Say why it could not be kept."""
    row = await actions.end(session, actor, promise_id, PromiseState.EXPLAINED, request.outcome, expected_version)
    tagged(response, row.version)
    return row


@router.get("")
async def list_promises(
    actor: Reader,
    query: Annotated[PromiseQuery, Query()],
    session: ReadSession,
) -> Page[PromiseOut]:
    """Promises you may see, newest first: yours, those of organisations in your reach, those given at their places."""
    found = await queries.page(session, actor, query)
    return page_of(found, PromiseOut)


@router.get("/{promise_id}", response_model=PromiseOut)
async def read_promise(promise_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Promise:
    """One promise."""
    row = await queries.one(session, actor, promise_id)
    tagged(response, row.version)
    return row
