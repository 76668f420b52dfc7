"""The event feed for polling: the same events and ids as in webhooks, for clients without a server."""

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
    """All events: meaning, receivers, an example payload, and the guarantees of the feed."""
    return queries.catalogue()


@router.get("")
async def read_feed(
    actor: Reader,
    query: Annotated[PageQuery, Query()],
    session: ReadSession,
    app_state: AppState,
) -> FeedPage:
    """Your events, oldest first. Send `next_cursor` with the next request; no event is skipped."""
    after = decode_feed(query.cursor) if query.cursor else None
    hidden_subjects = accusations.barred_problem_ids(actor)
    feed_slice = await queries.feed_after(
        session, scope.readers(actor), after, query.limit, hidden_subjects=hidden_subjects
    )
    items = [queries.event_out(event, app_state.links) for event in feed_slice.events]
    return FeedPage(items=items, next_cursor=encode_feed(feed_slice.next), is_complete=feed_slice.is_complete)
