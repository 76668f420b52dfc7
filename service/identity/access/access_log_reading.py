"""Reading the access log, as the auditor's database role alone may. Every reading is itself a line of it.

In order of (epoch, transaction, id), and only below every open transaction: so a cursor never skips a line
that was still being written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.errors import CursorUnreadable
from service.foundation.paging import decode, encode
from service.identity.access.access_log import log_access

READ, EXPORTED, VERIFIED = "access_log.read", "access_log.exported", "access_log.verified"
FIRST = ("1", "0", str(UUID(int=0)))

COLUMNS = "epoch, transaction_id::text AS transaction_id, id, recorded_at, actor_id, action, subject_id, facts"
CLOSED = """(epoch < (SELECT max(number) FROM epoch)
    OR transaction_id < pg_snapshot_xmin(pg_current_snapshot()))"""
AFTER = "(epoch, transaction_id, id) > (CAST(:epoch AS integer), CAST(:transaction AS xid8), CAST(:id AS uuid))"
# only names of our own are put together here; every value is bound
NEXT = sa.text(
    f"SELECT {COLUMNS} FROM access_log WHERE {AFTER} AND {CLOSED}"  # noqa: S608 - see above
    " ORDER BY epoch, transaction_id, id LIMIT :at_most"
)
FILTERED = sa.text(
    f"SELECT {COLUMNS} FROM access_log"  # noqa: S608 - see above
    " WHERE (CAST(:actor AS uuid) IS NULL OR actor_id = :actor)"
    " AND (CAST(:subject AS uuid) IS NULL OR subject_id = :subject)"
    " AND (CAST(:action AS text) IS NULL OR action = :action OR action LIKE CAST(:action AS text) || '.%')"
    " AND (CAST(:since AS timestamptz) IS NULL OR id >= uuid7_floor(:since))"
    " AND (CAST(:until AS timestamptz) IS NULL OR id < uuid7_floor(:until))"
    " AND (CAST(:before AS uuid) IS NULL OR id < :before)"
    " ORDER BY id DESC LIMIT :at_most"
)
KEY = "SELECT epoch, transaction_id::text AS transaction_id, id FROM access_log"
START = sa.text(f"{KEY} WHERE id >= uuid7_floor(:since) ORDER BY epoch, access_log.transaction_id, id LIMIT 1")
END = sa.text(f"{KEY} ORDER BY epoch DESC, access_log.transaction_id DESC, id DESC LIMIT 1")


@dataclass(frozen=True)
class Line:
    """One access. `cursor`: with it an export goes on behind this line."""

    id: UUID
    recorded_at: datetime
    actor_id: UUID | None
    action: str
    subject_id: UUID | None
    facts: dict[str, Any]
    cursor: str

    def as_json(self) -> str:
        """One line of JSON, moments in UTC."""
        said = asdict(self) | {"recorded_at": self.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        return json.dumps(said, ensure_ascii=False, default=str, separators=(",", ":"))


@dataclass(frozen=True)
class Wanted:
    """What to list; None: whatever. `action` also takes a domain: `auth` finds `auth.signed_in`."""

    actor: UUID | None = None
    subject: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


@dataclass(frozen=True)
class Auditor:
    """Who reads: the login at the machine and why; there is no person of ours behind the database role."""

    login: str
    reason: str


def cursor_of(key: Sequence[object]) -> str:
    return encode(["access_log", *map(str, key)])


def key_in(cursor: str) -> tuple[str, str, str]:
    """(epoch, transaction, id). Raises CursorUnreadable."""
    match decode(cursor):
        case ["access_log", str() as epoch, str() as transaction, str() as line_id]:
            try:
                return str(int(epoch)), str(int(transaction)), str(UUID(line_id))
            except ValueError:
                raise CursorUnreadable from None
    raise CursorUnreadable


async def start(session: AsyncSession, since: datetime) -> str:
    """The cursor behind which everything lies that was recorded from a moment on, and little else."""
    connection = await session.connection()
    if row := (await connection.execute(START, {"since": since})).first():
        return cursor_of((row.epoch, row.transaction_id, UUID(int=row.id.int - 1)))
    row = (await connection.execute(END)).first()
    return cursor_of(tuple(row) if row else FIRST)


async def following(session: AsyncSession, cursor: str, at_most: int) -> list[Line]:
    """The next lines behind a cursor, oldest first."""
    epoch, transaction, line_id = key_in(cursor)
    request = {"epoch": epoch, "transaction": transaction, "id": line_id, "at_most": at_most}
    return [_line(row) for row in await (await session.connection()).execute(NEXT, request)]


async def newest(session: AsyncSession, wanted: Wanted, at_most: int) -> list[Line]:
    """What matches, newest first."""
    request = {**asdict(wanted), "at_most": at_most}
    return [_line(row) for row in await (await session.connection()).execute(FILTERED, request)]


async def note(session: AsyncSession, action: str, by: Auditor, facts: Mapping[str, object]) -> None:
    """The reader's own line; committed before anything is shown."""
    said = {name: str(fact) for name, fact in facts.items() if fact is not None}
    await log_access(session, action, actor_id=None, facts={"login": by.login, "reason": by.reason, **said})


def _line(row: Any) -> Line:
    cursor = cursor_of((row.epoch, row.transaction_id, row.id))
    return Line(row.id, row.recorded_at, row.actor_id, row.action, row.subject_id, row.facts, cursor)
