"""Versions of categories and routes: each change adds a row with an event.

So a deadline or a dispatch of last month can be explained by the version in force then. A change does not affect
existing timers and owners.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import CategoryVersionSet, RouteVersionSet
from schemas.solving.problems import SettingUpdate
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation
from service.solving.problems.tables import ProblemCategory, ProblemCategoryVersion, ProblemRoute, ProblemRouteVersion


@dataclass(frozen=True)
class VersionedTable:
    """A table with its key column, and the table of its versions with the column that refers to the key."""

    row: Any
    key: str
    version: Any
    reference: str
    event: EventName
    payload: Any


CATEGORY = VersionedTable(
    ProblemCategory, "code", ProblemCategoryVersion, "category_code", EventName.PROBLEM_CATEGORY_SET, CategoryVersionSet
)
ROUTE = VersionedTable(
    ProblemRoute, "id", ProblemRouteVersion, "route_id", EventName.PROBLEM_ROUTE_SET, RouteVersionSet
)


async def put_with_version(
    session: AsyncSession, actor: Actor, table: VersionedTable, key: UUID | str, request: SettingUpdate
) -> Any:
    """Insert or update the row and add a version. The same content changes nothing."""
    values = request.model_dump(exclude={"source"})
    row = await session.get(table.row, key, with_for_update=True)
    if row is None:
        row = table.row(**{table.key: key}, **values)
    elif all(getattr(row, name) == value for name, value in values.items()):
        return row
    else:
        if not await _count_versions(session, table, row):
            # the content from before versions were recorded
            await _add_version(session, actor, table, row, by=SYSTEM)
        row.sqlmodel_update(values)
    session.add(row)
    await _add_version(
        session,
        actor,
        table,
        row,
        in_force_from=actor.at,
        source=request.source,
        set_by=actor.id,
        by=actor.event_actor,
    )
    return row


async def _count_versions(session: AsyncSession, table: VersionedTable, row: Any) -> int:
    """The number of versions of the locked row."""
    is_of_row = col(getattr(table.version, table.reference)) == getattr(row, table.key)
    return (await session.exec(select(func.count()).where(is_of_row))).one()


async def _add_version(
    session: AsyncSession, actor: Actor, table: VersionedTable, row: Any, *, by: EventActor, **version_fields: Any
) -> None:
    """Add the current content as a version; its event goes to the roots that the actor administers."""
    reference, number = {table.reference: getattr(row, table.key)}, await _count_versions(session, table, row) + 1
    content = row.model_dump(exclude={table.key})
    version = table.version(id=new_id(), number=number, recorded_at=actor.at, **reference, **content, **version_fields)
    session.add(version)
    roots = select(Organisation.id).where(
        col(Organisation.parent_id).is_(None), col(Organisation.id).in_(scope.reachable(actor))
    )
    await record(
        session,
        table.event,
        version,
        actor=by,
        occurred_at=actor.at,
        organisations=(await session.exec(roots)).all(),
        payload=table.payload(number=number, **reference),
    )
