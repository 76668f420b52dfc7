"""The inbox: what you have to do, and until when. An item closes by itself when the task is done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from routers.deps import AppState, ReadSession
from routers.guard import Requires
from schemas.foundation.common import Page
from schemas.outward.inbox import InboxItemOut, InboxQuery
from service.domains import DOMAINS
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.outward.inbox import queries
from service.solving.problems import accusations

router = APIRouter(prefix="/v1/inbox", tags=["inbox"])
Reader = Annotated[Actor, Requires(Permission.INBOX_READ)]


@router.get("")
async def read_inbox(
    actor: Reader,
    query: Annotated[InboxQuery, Query()],
    session: ReadSession,
    app_state: AppState,
) -> Page[InboxItemOut]:
    """List your open items and those of organisations in your reach, by due time."""
    rows = await queries.list_items(session, actor, DOMAINS.inbox_rules, accusations.barred_problem_ids(actor), query)
    items = [queries.item_out(row, DOMAINS.inbox_rules, app_state.settings.public_url) for row in rows.rows]
    return Page(items=items, next_cursor=rows.next_cursor)


@router.get("/{item_id}")
async def read_inbox_item(item_id: UUID, actor: Reader, session: ReadSession, app_state: AppState) -> InboxItemOut:
    """Read one item, also a closed one. Webhooks and the feed link to it."""
    item = await queries.read_item(session, actor, DOMAINS.inbox_rules, accusations.barred_problem_ids(actor), item_id)
    return queries.item_out(item, DOMAINS.inbox_rules, app_state.settings.public_url)
