"""The inbox: what needs you, why, until when. It empties itself as things are done; nothing here is ticked off."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from routers.deps import AppState, Paged, ReadSession
from routers.guard import Requires
from schemas.foundation.common import Page
from schemas.outward.inbox import InboxItemOut, InboxKind, InboxOrder
from service.foundation.paging import encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.outward.inbox import queries
from service.solving.problems import accusations

router = APIRouter(prefix="/v1/inbox", tags=["inbox"])
Reader = Annotated[Actor, Requires(Permission.INBOX_READ)]


@router.get("")
async def read_inbox(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    app_state: AppState,
    order: Annotated[InboxOrder, Query()] = InboxOrder.DUE,
    kind: Annotated[InboxKind | None, Query()] = None,
    organisation_id: Annotated[UUID | None, Query()] = None,
) -> Page[InboxItemOut]:
    """What waits for you: your own, and what you may do for organisations in your reach. Due soonest first."""
    found = await queries.page(
        session,
        actor,
        accusations.withheld_ids(actor),
        page,
        order=order,
        kind=kind,
        organisation_id=organisation_id,
    )
    items = [queries.shown(row, app_state.settings.public_url) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@router.get("/{item_id}")
async def read_inbox_item(item_id: UUID, actor: Reader, session: ReadSession, app_state: AppState) -> InboxItemOut:
    """One item, also one that has been done: the address in webhooks and in the feed."""
    found = await queries.one(session, actor, accusations.withheld_ids(actor), item_id)
    return queries.shown(found, app_state.settings.public_url)
