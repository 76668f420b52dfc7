"""The second lock: row-level security on residents' contacts, households and dossiers (DESIGN §5.3).

PostgreSQL shows the service's role no row of these tables until the transaction says who asks, when and what for;
then it checks that person's postings or contact points, or that system's purpose, itself, so a query that lost its
WHERE shows nobody more than one may see. The policies stand in the migrations; a test compares their roles with
`roles.py`.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.access.actor import Actor


class Purpose(StrEnum):
    """What a locked row is wanted for; each has its policy."""

    REVEAL = "reveal"
    """A handler of the problem's present owner reads the contact."""
    LOOK_UP = "look_up"
    """A dispatch desk looks for the problems of a phone; which it may see is asked afterwards."""
    READ = "read"
    """The person, or an officer above the cycle's organisation, reads a dossier."""
    RECEIVE = "receive"
    """The cycle's receiver takes the dossiers over."""
    KEEP = "keep"
    """The leader of a contact point that lives adds, reads and takes off its households."""
    FORGET = "forget"
    """The households of a contact point that has ended are deleted, whoever ended it. Of one that lives: no row."""
    UPKEEP = "upkeep"
    """The worker's own: freezing, renewing keys, forgetting. Every row, and nobody's request may name it."""


SET_RLS_PURPOSE = """
SELECT set_config('grassroots.purpose', %(purpose)s, true), set_config('grassroots.actor', %(actor)s, true),
    set_config('grassroots.client', %(client)s, true), set_config('grassroots.at', %(at)s, true)
"""
LOCK = "SELECT set_config('grassroots.purpose', '', true)"


async def set_rls_purpose(session: AsyncSession, purpose: Purpose, actor: Actor | None = None) -> None:
    """Open what the purpose allows until this transaction ends. Without an actor: the worker."""
    await (await session.connection()).exec_driver_sql(SET_RLS_PURPOSE, _said(purpose, actor))


async def rows_under_rls(
    session: AsyncSession, purpose: Purpose, actor: Actor, statement: sa.SelectBase
) -> list[dict[str, Any]]:
    """The rows of a statement over a locked table; opened and locked again in one pipelined round trip."""
    connection = await session.connection()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, AsyncConnection)  # noqa: S101 - the one driver there is
    cursor = raw.cursor(row_factory=dict_row)
    async with raw.pipeline():
        await raw.execute(SET_RLS_PURPOSE, _said(purpose, actor))
        await cursor.execute(compiled.string.encode(), compiled.params)
        await raw.execute(LOCK)
    return await cursor.fetchall()


def _said(purpose: Purpose, actor: Actor | None) -> dict[str, str]:
    at = actor.at if actor else datetime.min.replace(tzinfo=UTC)
    person = str(actor.id) if actor and actor.is_person else ""
    client = str(actor.id) if actor and not actor.is_person else ""
    return {"purpose": purpose.value, "actor": person, "client": client, "at": at.isoformat()}
