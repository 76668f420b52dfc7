"""A person's own data (PIPL 45), read by the inventory: a table with an entry there is part of it, nothing else is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.privacy import HeldTable, OwnData
from service.foundation.errors import CursorUnreadable
from service.foundation.events.tables import Audience, Feed
from service.foundation.paging import encode
from service.foundation.settings import Settings
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.privacy.errors import TableNotHeld
from service.operations.privacy.inventory import TABLES
from service.operations.privacy.inventory.kinds import Held
from service.operations.privacy.retention import BY_WORD, kept_days

AT_ONCE = 200


async def everything(session: AsyncSession, actor: Actor, settings: Settings) -> OwnData:
    """The newest 200 rows of every table, by primary key. Raises NotPermitted for a system."""
    _must_be_oneself(actor)
    await set_rls_purpose(session, Purpose.READ, actor)  # one's own dossiers are behind the second lock
    return OwnData(
        person_id=actor.id,
        as_of=actor.at,
        tables=[await _read(session, actor.id, table, None, settings) for table, held in TABLES.items() if held.own],
        elsewhere={table: held.elsewhere for table, held in TABLES.items() if held.elsewhere},
    )


async def of_table(session: AsyncSession, actor: Actor, table: str, after: str | None, settings: Settings) -> HeldTable:
    """The next 200 rows of one table. Raises NotPermitted for a system, TableNotHeld, CursorUnreadable."""
    _must_be_oneself(actor)
    if table not in TABLES or not TABLES[table].own:
        raise TableNotHeld(table=table)
    await set_rls_purpose(session, Purpose.READ, actor)
    return await _read(session, actor.id, table, after, settings)


def _must_be_oneself(actor: Actor) -> None:
    if not scope.sees_own(actor):
        raise NotPermitted(permission=actor.permission.value)


async def _read(session: AsyncSession, person_id: UUID, name: str, after: str | None, settings: Settings) -> HeldTable:
    held, table = TABLES[name], SQLModel.metadata.tables[name]
    (key,) = table.primary_key.columns
    statement = sa.select(key.label("_key"), *_given(table, held)).where(_of(person_id, table, held))
    if after is not None:
        statement = statement.where(key < _uuid(after))
    rows = await (await session.connection()).execute(statement.order_by(key.desc()).limit(AT_ONCE + 1))
    found: Sequence[Any] = rows.mappings().all()
    shown = found[:AT_ONCE]
    return HeldTable(
        table=name,
        zh=held.zh,
        en=held.en,
        basis_zh=held.basis.zh,
        basis_en=held.basis.en,
        kept=kept_of(held, settings),
        rows=[{column: value for column, value in row.items() if column != "_key"} for row in shown],
        next_cursor=encode([str(shown[-1]["_key"])]) if len(found) > AT_ONCE else None,
    )


def kept_of(app_state: Held, settings: Settings) -> str:
    """How long, in words: the lines of the table of retention, or what the entry says."""
    rules = [BY_WORD[word] for word in app_state.rules]
    lines = [f"{rule.what_zh}：{rule.since_zh} {kept_days(rule, settings)} 天" for rule in rules]
    return "；".join(lines) or app_state.kept


def _given(table: sa.Table, app_state: Held) -> list[sa.ColumnElement[Any]]:
    """Every column that says something; bytes (digests, ciphertext) do not."""
    return [
        sa.func.ST_AsText(column).label(column.name) if isinstance(column.type, Geography) else column
        for column in table.columns
        if column.name not in app_state.hidden and not isinstance(column.type, sa.LargeBinary)
    ]


def _of(person_id: UUID, table: sa.Table, app_state: Held) -> sa.ColumnElement[bool]:
    if table.name == "event":  # by the person's own audience: the log itself is never searched (DESIGN §5.1)
        mine = sa.select(col(Feed.event_id)).join(Audience, col(Audience.position) == col(Feed.position))
        return table.c.id.in_(mine.where(col(Audience.reader_id) == person_id))
    return sa.or_(*(table.c[name] == person_id for name in app_state.own))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CursorUnreadable from None
