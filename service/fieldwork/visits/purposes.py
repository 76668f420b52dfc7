"""The purposes of visits of this deployment: data, set by the administrator of the whole jurisdiction."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import PurposeUpdate
from service.fieldwork.visits.errors import PurposeUnknown
from service.fieldwork.visits.tables import VisitPurpose
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor


async def set_purpose(session: AsyncSession, actor: Actor, code: str, request: PurposeUpdate) -> VisitPurpose:
    """Add or change a purpose. Raises NotPermitted."""
    await scope.must_reach_root(session, actor)
    said = request.model_dump()
    row = await session.get(VisitPurpose, code, with_for_update=True)
    if row is None:
        row = VisitPurpose(code=code, **said)
        session.add(row)
    elif {name: getattr(row, name) for name in said} != said:
        row.sqlmodel_update({**said, "version": row.version + 1})
    await log_access(session, "visit_purpose.set", actor_id=actor.id, facts={"code": code, **said})
    return row


async def must_exist(session: AsyncSession, code: str) -> None:
    """Raises PurposeUnknown."""
    if await session.get(VisitPurpose, code) is None:
        raise PurposeUnknown


async def page(session: AsyncSession, after_code: str | None, limit: int) -> tuple[Sequence[VisitPurpose], str | None]:
    """Purposes by code, and the code to go on from."""
    statement = select(VisitPurpose).order_by(col(VisitPurpose.code))
    if after_code:
        statement = statement.where(col(VisitPurpose.code) > after_code)
    rows = (await session.exec(statement.limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].code if len(rows) > limit else None
