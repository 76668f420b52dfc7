"""Find rows that were edited without an event: their digest differs from that of their newest event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.digest import digest_sql


async def find_edited_rows(session: AsyncSession, table: Any, at_most: int = 100) -> Sequence[UUID]:
    """Return the ids of rows that were changed without an event or have no event, at most `at_most`."""
    statement = sa.text(
        f"SELECT subject.id FROM {table.__tablename__} AS subject LEFT JOIN LATERAL ("  # noqa: S608 - names from our own code
        " SELECT digest FROM event WHERE event.subject_id = subject.id"
        " ORDER BY epoch DESC, transaction_id DESC, id DESC LIMIT 1) AS newest ON true"
        f" WHERE newest.digest IS DISTINCT FROM {digest_sql(table, 'subject')} ORDER BY subject.id LIMIT :at_most"
    )
    rows = await (await session.connection()).execute(statement, {"at_most": at_most})
    return [row.id for row in rows]
