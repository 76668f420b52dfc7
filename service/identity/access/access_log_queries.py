"""Read the access log under the auditor's database role. Each reading adds a line to the log.

Lines come in the order (epoch, transaction id, id), and only from transactions below the visibility horizon
(`pg_snapshot_xmin`). So a cursor never skips a line that was not committed yet.
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
"""The key before the first line."""

COLUMNS = "epoch, transaction_id::text AS transaction_id, id, recorded_at, actor_id, action, subject_id, facts"
CLOSED = """(epoch < (SELECT max(number) FROM epoch)
    OR transaction_id < pg_snapshot_xmin(pg_current_snapshot()))"""
AFTER = "(epoch, transaction_id, id) > (CAST(:epoch AS integer), CAST(:transaction AS xid8), CAST(:id AS uuid))"
# The text consists of constants of this module; every value is bound. ORDER BY names the table, because the bare name
# would sort by the selected text column.
LINES_AFTER = sa.text(
    f"SELECT {COLUMNS} FROM access_log WHERE {AFTER} AND {CLOSED}"  # noqa: S608 - see above
    " ORDER BY epoch, access_log.transaction_id, id LIMIT :at_most"
)
NEWEST_LINES = sa.text(
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
FIRST_KEY_SINCE = sa.text(
    f"{KEY} WHERE id >= uuid7_floor(:since) ORDER BY epoch, access_log.transaction_id, id LIMIT 1"
)
LAST_KEY = sa.text(f"{KEY} ORDER BY epoch DESC, access_log.transaction_id DESC, id DESC LIMIT 1")


@dataclass(frozen=True)
class LogLine:
    """One access. An export continues after this line with its `cursor`."""

    id: UUID
    recorded_at: datetime
    actor_id: UUID | None
    action: str
    subject_id: UUID | None
    facts: dict[str, Any]
    cursor: str

    def as_json(self) -> str:
        """One line of JSON, timestamps in UTC."""
        fields = asdict(self) | {"recorded_at": self.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        return json.dumps(fields, ensure_ascii=False, default=str, separators=(",", ":"))


@dataclass(frozen=True)
class LineFilter:
    """Which lines to list; None: no restriction.

    An `action` may also be a prefix: `auth` matches `auth.signed_in`.
    """

    actor: UUID | None = None
    subject: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None


@dataclass(frozen=True)
class Auditor:
    """The reader: the login at the machine and the reason. The database role is no row of `person`."""

    login: str
    reason: str


def encode_cursor(key: Sequence[object]) -> str:
    """The cursor of a key (epoch, transaction id, line id)."""
    return encode(["access_log", *map(str, key)])


def parse_cursor(cursor: str) -> tuple[str, str, str]:
    """The key (epoch, transaction id, line id) of a cursor. Raises CursorUnreadable."""
    match decode(cursor):
        case ["access_log", str() as epoch, str() as transaction, str() as line_id]:
            try:
                return str(int(epoch)), str(int(transaction)), str(UUID(line_id))
            except ValueError:
                raise CursorUnreadable from None
    raise CursorUnreadable


async def cursor_since(session: AsyncSession, since: datetime) -> str:
    """A cursor before all lines recorded since a timestamp. A few older lines may follow it too."""
    connection = await session.connection()
    if row := (await connection.execute(FIRST_KEY_SINCE, {"since": since})).first():
        return encode_cursor((row.epoch, row.transaction_id, UUID(int=row.id.int - 1)))
    row = (await connection.execute(LAST_KEY)).first()
    return encode_cursor(tuple(row) if row else FIRST)


async def lines_after(session: AsyncSession, cursor: str, at_most: int) -> list[LogLine]:
    """The next lines after a cursor, oldest first. Raises CursorUnreadable."""
    epoch, transaction, line_id = parse_cursor(cursor)
    values = {"epoch": epoch, "transaction": transaction, "id": line_id, "at_most": at_most}
    return [_line(row) for row in await (await session.connection()).execute(LINES_AFTER, values)]


async def newest_lines(session: AsyncSession, line_filter: LineFilter, at_most: int) -> list[LogLine]:
    """The lines that match the filter, newest first."""
    values = {**asdict(line_filter), "at_most": at_most}
    return [_line(row) for row in await (await session.connection()).execute(NEWEST_LINES, values)]


async def record_reading(session: AsyncSession, action: str, auditor: Auditor, facts: Mapping[str, object]) -> None:
    """Add the line about this reading. The caller commits it before it shows anything."""
    texts = {name: str(fact) for name, fact in facts.items() if fact is not None}
    await log_access(session, action, actor_id=None, facts={"login": auditor.login, "reason": auditor.reason, **texts})


def _line(row: Any) -> LogLine:
    cursor = encode_cursor((row.epoch, row.transaction_id, row.id))
    return LogLine(row.id, row.recorded_at, row.actor_id, row.action, row.subject_id, row.facts, cursor)
