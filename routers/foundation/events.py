"""The pull feed: the same events with the same ids as the webhooks, for those without a server."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import AppState, ReadSession
from routers.guard import Requires
from schemas.events.base import Catalogue, FeedPage
from schemas.foundation.common import PageQuery
from service.foundation.events import queries
from service.foundation.events.cursors import decode_feed, encode_feed
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.solving.problems import accusations

router = APIRouter(prefix="/v1/feed", tags=["feed"])
Reader = Annotated[Actor, Requires(Permission.FEED_READ)]


catalogue = APIRouter(prefix="/v1/events", tags=["feed"])


@catalogue.get("/catalogue")
async def read_event_catalogue(actor: Reader) -> Catalogue:
    """Every event there is: what it means, who hears of it, an example, and what a reader may rely on."""
    return queries.catalogue()


@router.get("")
async def read_feed(
    actor: Reader,
    query: Annotated[PageQuery, Query()],
    session: ReadSession,
    app_state: AppState,
) -> FeedPage:
    """The events that concern you, oldest first. Ask again with `next_cursor`; nothing is ever skipped."""
    after = decode_feed(query.cursor) if query.cursor else None
    withheld = accusations.barred_problem_ids(actor)
    found = await queries.feed_after(session, scope.readers(actor), after, query.limit, withheld=withheld)
    items = [queries.shown(event, app_state.links) for event in found.events]
    return FeedPage(items=items, next_cursor=encode_feed(found.next), is_complete=found.is_complete)
