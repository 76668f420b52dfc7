"""The inbox page: what the signed-in person has to do, and until when."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from routers.deps import AppState, ReadSession
from routers.pages.paging import ListPosition
from routers.pages.session import RequiresOnPage
from routers.pages.shell import ROOT, beijing_time, page, redirect_to
from schemas.outward.inbox import InboxQuery
from service.domains import DOMAINS
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.outward.inbox import queries
from service.solving.problems import accusations

router = APIRouter(prefix="/pages", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Actor, RequiresOnPage(Permission.INBOX_READ)]


@router.get("")
async def show_first_page(request: Request) -> Response:
    """Redirect to the inbox, the start page."""
    return redirect_to(request, f"{ROOT}/inbox")


@router.get("/inbox")
async def show_inbox(
    request: Request, actor: Reader, position: ListPosition, session: ReadSession, app_state: AppState
) -> Response:
    """Show the open items by due time."""
    barred_ids = accusations.barred_problem_ids(actor)
    rows = await queries.list_items(
        session, actor, DOMAINS.inbox_rules, barred_ids, InboxQuery(limit=position.limit, cursor=position.cursor)
    )
    items = [queries.item_out(row, DOMAINS.inbox_rules, app_state.settings.public_url) for row in rows.rows]
    next_cursor = rows.next_cursor
    return page(
        request,
        "inbox.html",
        nav="inbox",
        items=items,
        now=actor.at,
        beijing_time=beijing_time,
        next_cursor=next_cursor,
    )
