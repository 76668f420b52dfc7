"""Is the process alive, and is it ready to serve."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from routers.deps import AppState, ReadSession
from service.foundation.events.queries import feed_lag

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str


class Ready(BaseModel):
    """Whether the database answers and the worker keeps up."""

    is_ready: bool
    unfed_events: int
    """Events that wait for the relay (counted up to 10,000)."""
    feed_lag_s: float
    """Age of the oldest of them."""


@router.get("/livez")
async def livez() -> Alive:
    """The process answers."""
    return Alive(status="alive")


@router.get("/readyz", responses={503: {"model": Ready, "description": "Not ready: the feed lags, or no database."}})
async def readyz(session: ReadSession, app_state: AppState, response: Response) -> Ready:
    """Ready to serve. Without a worker there is no feed, and its lag tells."""
    events, lag_s = await feed_lag(session)
    is_ready = lag_s < app_state.settings.feed_lag_ready_s
    response.status_code = 200 if is_ready else 503
    return Ready(is_ready=is_ready, unfed_events=events, feed_lag_s=round(lag_s, 3))
