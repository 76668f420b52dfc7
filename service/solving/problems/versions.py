"""Versions of what is set up: each change is a row with its event, so that what was can be explained.

A deadline computed last month, or the way a problem went, follows from the version of that moment. What was computed
stays: timers keep their moment, problems their owner.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.rules import CategorySet, RouteSet
from schemas.solving.problems import SetUp
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation
from service.solving.problems.tables import ProblemCategory, ProblemCategoryVersion, ProblemRoute, ProblemRouteVersion


@dataclass(frozen=True)
class Kept:
    """A table, its key, and the table of its versions, in which the key is called `of`."""

    row: Any
    key: str
    version: Any
    of: str
    event: EventName
    payload: Any


CATEGORY = Kept(
    ProblemCategory, "code", ProblemCategoryVersion, "category_code", EventName.PROBLEM_CATEGORY_SET, CategorySet
)
ROUTE = Kept(ProblemRoute, "id", ProblemRouteVersion, "route_id", EventName.PROBLEM_ROUTE_SET, RouteSet)


async def put(session: AsyncSession, actor: Actor, existing: Kept, key: UUID | str, request: SetUp) -> Any:
    """Add the row or change it, with its version; the same content again changes nothing."""
    said = request.model_dump(exclude={"source"})
    row = await session.get(existing.row, key, with_for_update=True)
    if row is None:
        row = existing.row(**{existing.key: key}, **said)
    elif all(getattr(row, name) == value for name, value in said.items()):
        return row
    else:
        if not await _number(session, existing, row):
            await _keep(session, actor, existing, row)  # what held before versions were kept
        row.sqlmodel_update(said)
    session.add(row)
    await _keep(session, actor, existing, row, held_from=actor.at, source=request.source, set_by=actor.id)
    return row


async def _number(session: AsyncSession, existing: Kept, row: Any) -> int:
    """How many versions of the row there are; it is locked."""
    of = col(getattr(existing.version, existing.of)) == getattr(row, existing.key)
    return (await session.exec(select(func.count()).where(of))).one()


async def _keep(session: AsyncSession, actor: Actor, existing: Kept, row: Any, **said: Any) -> None:
    """The row as it is now, told to the top of each tree the actor administers: it holds in the whole jurisdiction."""
    of, number = {existing.of: getattr(row, existing.key)}, await _number(session, existing, row) + 1
    stands = row.model_dump(exclude={existing.key})
    version = existing.version(id=new_id(), number=number, recorded_at=actor.at, **of, **stands, **said)
    session.add(version)
    tops = select(Organisation.id).where(
        col(Organisation.parent_id).is_(None), col(Organisation.id).in_(scope.reachable(actor))
    )
    await record(
        session,
        existing.event,
        version,
        actor_id=version.set_by,
        occurred_at=actor.at,
        organisations=(await session.exec(tops)).all(),
        payload=existing.payload(number=number, **of),
    )
