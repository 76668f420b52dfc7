"""Liveness and readiness checks."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from routers.deps import AppState, ReadSession
from routers.errors import NOT_READY
from service.foundation.events.queries import feed_lag

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process is alive."""

    status: str


class Ready(BaseModel):
    """Whether the database answers and the worker keeps the feed up to date."""

    is_ready: bool
    unfed_events: int
    """Events that wait for the outbox relay (counted up to 10,000)."""
    feed_lag_s: float
    """Age of the oldest waiting event, in seconds."""


@router.get("/livez")
async def livez() -> Alive:
    """Return 200 while the process is alive."""
    return Alive(status="alive")


@router.get(
    "/readyz",
    responses={
        NOT_READY: {"model": Ready, "description": "Not ready: the feed lags behind, or the database does not answer."}
    },
)
async def readyz(session: ReadSession, app_state: AppState, response: Response) -> Ready:
    """Return 200 when the service is ready. Without a worker the feed lags behind: not ready."""
    events, lag_s = await feed_lag(session)
    is_ready = lag_s < app_state.settings.feed_lag_ready_s
    response.status_code = 200 if is_ready else NOT_READY
    return Ready(is_ready=is_ready, unfed_events=events, feed_lag_s=round(lag_s, 3))
