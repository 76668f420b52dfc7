"""Row-level security on residents' contacts, households and dossiers (DESIGN §5.3).

It is the second line of defence. PostgreSQL shows the service role no row of these tables until the transaction sets an
actor, a time and a purpose. Then the policy checks that person's postings or contact points, or that client's purpose.
So a query without its WHERE shows nobody a row that he or she may not see. The policies are in `alembic/sql`; a test
compares their roles with `roles.py`.
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
    """Why a transaction needs protected rows; each purpose has a policy."""

    REVEAL = "reveal"
    """A handler of the problem's present owner reads the contact."""
    LOOK_UP = "look_up"
    """A dispatcher searches the problems of a phone number; then the query filters those that may be seen."""
    READ = "read"
    """The person, or an officer above the cycle's organisation, reads a dossier."""
    RECEIVE = "receive"
    """The cycle's receiver reads the dossiers handed over to it."""
    KEEP = "keep"
    """The leader of an open contact point adds, reads and removes its households."""
    FORGET = "forget"
    """Deletes the households of an ended contact point, for any actor; shows no row of an open one."""
    UPKEEP = "upkeep"
    """The worker freezes dossiers, rotates keys and purges. Every row; no request may use this purpose."""


SET_RLS_PURPOSE = """
SELECT set_config('grassroots.purpose', %(purpose)s, true), set_config('grassroots.actor', %(actor)s, true),
    set_config('grassroots.client', %(client)s, true), set_config('grassroots.at', %(at)s, true)
"""
CLEAR_RLS_PURPOSE = "SELECT set_config('grassroots.purpose', '', true)"


async def set_rls_purpose(session: AsyncSession, purpose: Purpose, actor: Actor | None = None) -> None:
    """Show the rows that the purpose allows until this transaction ends. Without an actor: the worker."""
    await (await session.connection()).exec_driver_sql(SET_RLS_PURPOSE, _parameters(purpose, actor))


async def rows_under_rls(
    session: AsyncSession, purpose: Purpose, actor: Actor, statement: sa.SelectBase
) -> list[dict[str, Any]]:
    """The rows of one statement over a protected table.

    The purpose is set, used and cleared in one pipelined round trip.
    """
    connection = await session.connection()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, AsyncConnection)  # noqa: S101 - the one driver there is
    cursor = raw.cursor(row_factory=dict_row)
    async with raw.pipeline():
        await raw.execute(SET_RLS_PURPOSE, _parameters(purpose, actor))
        await cursor.execute(compiled.string.encode(), compiled.params)
        await raw.execute(CLEAR_RLS_PURPOSE)
    return await cursor.fetchall()


def _parameters(purpose: Purpose, actor: Actor | None) -> dict[str, str]:
    at = actor.at if actor else datetime.min.replace(tzinfo=UTC)
    person = str(actor.id) if actor and actor.is_person else ""
    client = str(actor.id) if actor and not actor.is_person else ""
    return {"purpose": purpose.value, "actor": person, "client": client, "at": at.isoformat()}
