"""Reading an inbox, and a follower that is stepped by hand."""

from typing import Any

from tests.conftest import Caller
from tests.worker.conftest import follow, jobs

__all__ = ["follow", "jobs"]
URL = "/v1/inbox"


async def inbox(caller: Caller, **wanted: str) -> list[Any]:
    """What waits for the caller, due soonest first."""
    answer = await caller.get(URL, params={"limit": "200"} | wanted)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def kinds_about(caller: Caller, url: str) -> list[str]:
    """The kinds of the caller's items about what stands at the address."""
    return sorted(item["kind"] for item in await inbox(caller) if item["about_id"] == url[-36:])
