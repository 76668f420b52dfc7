"""Helpers to read an inbox; fixtures of the relay."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from service.outward.inbox.tables import InboxItem
from tests.conftest import Caller
from tests.operations.worker.conftest import jobs, run_relay

__all__ = ["jobs", "run_relay"]
URL = "/v1/inbox"


async def inbox(caller: Caller, **filters: str) -> list[Any]:
    """The open items of the caller, by due time."""
    answer = await caller.get(URL, params={"limit": "200"} | filters)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def kinds_about(caller: Caller, url: str) -> list[str]:
    """The kinds of the caller's items about the record at this URL."""
    return sorted(item["kind"] for item in await inbox(caller) if item["about_id"] == url[-36:])


async def open_items(session: AsyncSession) -> set[Any]:
    """The open items of everybody, without ids and times of opening."""
    item = InboxItem
    columns = (item.kind, item.person_id, item.organisation_id, item.subject_id, item.about_id, item.due_at)
    statement = sa.select(*map(col, columns)).where(col(item.closed_at).is_(None))
    return {tuple(row) for row in await (await session.connection()).execute(statement)}
