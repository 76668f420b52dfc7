"""Data export of a person (PIPL 45): the rows about this person in every table of the inventory."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.privacy import OwnData, OwnDataTable
from service.foundation.errors import CursorUnreadable
from service.foundation.events.tables import Audience, Feed
from service.foundation.manifest.records import TableRecord
from service.foundation.paging import encode
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.privacy.errors import TableNotExportable
from service.operations.privacy.retention import RetentionPolicy

Records = Mapping[str, TableRecord]
ROWS_PER_TABLE = 200


async def export_all(session: AsyncSession, actor: Actor, records: Records, policy: RetentionPolicy) -> OwnData:
    """Export the newest 200 rows of every table, by primary key. Raises NotPermitted for a client system."""
    _require_person(actor)
    await set_rls_purpose(session, Purpose.READ, actor)  # row-level security protects dossiers, also the caller's own
    return OwnData(
        person_id=actor.id,
        as_of=actor.at,
        tables=[
            await _export_table(session, actor.id, record, None, policy) for record in records.values() if record.own
        ],
        elsewhere={name: record.elsewhere for name, record in records.items() if record.elsewhere},
    )


async def export_table(
    session: AsyncSession, actor: Actor, records: Records, table: str, after: str | None, policy: RetentionPolicy
) -> OwnDataTable:
    """Export the next 200 rows of one table.

    Raises NotPermitted for a client system, TableNotExportable, CursorUnreadable.
    """
    _require_person(actor)
    record = records.get(table)
    if record is None or not record.own:
        raise TableNotExportable(table=table)
    await set_rls_purpose(session, Purpose.READ, actor)
    return await _export_table(session, actor.id, record, after, policy)


def _require_person(actor: Actor) -> None:
    if not scope.sees_own(actor):
        raise NotPermitted(permission=actor.permission)


async def _export_table(
    session: AsyncSession, person_id: UUID, record: TableRecord, after: str | None, policy: RetentionPolicy
) -> OwnDataTable:
    table = SQLModel.metadata.tables[record.name]
    (key,) = table.primary_key.columns
    statement = sa.select(key.label("_key"), *_exported_columns(table, record)).where(
        _is_about(person_id, table, record)
    )
    if after is not None:
        statement = statement.where(key < _parse_id(after))
    rows = await (await session.connection()).execute(statement.order_by(key.desc()).limit(ROWS_PER_TABLE + 1))
    matches: Sequence[Any] = rows.mappings().all()
    page = matches[:ROWS_PER_TABLE]
    return OwnDataTable(
        table=record.name,
        zh=record.zh,
        en=record.en,
        basis_zh=record.basis.zh,
        basis_en=record.basis.en,
        retention=describe_retention(record, policy),
        rows=[{column: value for column, value in row.items() if column != "_key"} for row in page],
        next_cursor=encode([str(page[-1]["_key"])]) if len(matches) > ROWS_PER_TABLE else None,
    )


def describe_retention(record: TableRecord, policy: RetentionPolicy) -> str:
    """Describe in Chinese how long rows are kept: the table's retention rules, or the text of its record."""
    rules = [policy.rules[word] for word in record.retention]
    lines = [f"{rule.what_zh}：{rule.since_zh} {policy.kept_days(rule)} 天" for rule in rules]
    return "；".join(lines) or record.kept


def _exported_columns(table: sa.Table, record: TableRecord) -> list[sa.ColumnElement[Any]]:
    """All columns except hidden ones and bytes (digests, ciphertext)."""
    return [
        sa.func.ST_AsText(column).label(column.name) if isinstance(column.type, Geography) else column
        for column in table.columns
        if column.name not in record.hidden and not isinstance(column.type, sa.LargeBinary)
    ]


def _is_about(person_id: UUID, table: sa.Table, record: TableRecord) -> sa.ColumnElement[bool]:
    if table.name == "event":  # found through the person's feed: the event table is never searched (DESIGN §5.1)
        own_events = sa.select(col(Feed.event_id)).join(Audience, col(Audience.position) == col(Feed.position))
        return table.c.id.in_(own_events.where(col(Audience.reader_id) == person_id))
    return sa.or_(*(table.c[name] == person_id for name in record.own))


def _parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CursorUnreadable from None
