"""Write the access log: who read personal data or administered, and when (DESIGN §5.1)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.columns import JSON
from service.foundation.db import AutocommitPool
from service.foundation.ids import new_id

WRITE = sa.text(
    "INSERT INTO access_log (id, actor_id, action, subject_id, facts)"
    " VALUES (:id, :actor_id, :action, :subject_id, :facts)"
).bindparams(sa.bindparam("facts", type_=JSON), sa.bindparam("actor_id", type_=sa.Uuid()))
WRITE_MANY = sa.text(
    "INSERT INTO access_log (id, actor_id, action, subject_id, facts)"
    " SELECT id, :actor_id, :action, subject_id, '{}'"
    " FROM jsonb_to_recordset(:lines) AS line (id uuid, subject_id uuid)"
).bindparams(sa.bindparam("lines", type_=JSON), sa.bindparam("actor_id", type_=sa.Uuid()))


# The service role may not read the log, so RETURNING is not possible.
LOG_REFUSAL = """
WITH line AS (
    INSERT INTO access_log (id, actor_id, action, subject_id, facts)
    VALUES (%(id)s, NULL, %(action)s, %(subject_id)s, %(facts)s)
)
SELECT 1
"""


async def log_refusal(pool: AutocommitPool, action: str, *, subject_id: UUID | None, facts: dict[str, str]) -> None:
    """Write one line in a transaction of its own, which stays when the refused request is rolled back."""
    await pool.rows(LOG_REFUSAL, {"id": new_id(), "action": action, "subject_id": subject_id, "facts": Jsonb(facts)})


async def log_access(
    session: AsyncSession,
    action: str,
    *,
    actor_id: UUID | None,
    subject_id: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write one line in the caller's transaction. The service role may only insert lines."""
    await (await session.connection()).execute(
        WRITE, {"id": new_id(), "actor_id": actor_id, "action": action, "subject_id": subject_id, "facts": facts or {}}
    )


async def log_access_many(
    session: AsyncSession, action: str, subject_ids: Iterable[UUID], *, actor_id: UUID | None
) -> None:
    """Write one line for each subject, in one statement."""
    lines = [{"id": str(new_id()), "subject_id": str(subject_id)} for subject_id in subject_ids]
    if lines:
        connection = await session.connection()
        await connection.execute(WRITE_MANY, {"actor_id": actor_id, "action": action, "lines": lines})
