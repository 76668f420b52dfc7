"""Purposes of visits: data that the administrator of the whole jurisdiction sets."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import PurposeUpdate
from schemas.foundation.common import PageQuery
from service.fieldwork.visits.errors import PurposeUnknown
from service.fieldwork.visits.tables import VisitPurpose
from service.foundation.paging import Slice, by_code, slice_page_by_code
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor


async def set_purpose(session: AsyncSession, actor: Actor, code: str, request: PurposeUpdate) -> VisitPurpose:
    """Add or change a purpose. Raises: NotPermitted if the actor does not reach the root organisation."""
    await scope.must_reach_root(session, actor)
    values = request.model_dump()
    row = await session.get(VisitPurpose, code, with_for_update=True)
    if row is None:
        row = VisitPurpose(code=code, **values)
        session.add(row)
    elif {name: getattr(row, name) for name in values} != values:
        row.sqlmodel_update({**values, "version": row.version + 1})
    await log_access(session, "visit_purpose.set", actor_id=actor.id, facts={"code": code, **values})
    return row


async def require_purpose(session: AsyncSession, code: str) -> None:
    """Check that a purpose exists. Raises: PurposeUnknown."""
    if await session.get(VisitPurpose, code) is None:
        raise PurposeUnknown


async def page(session: AsyncSession, query: PageQuery) -> Slice[VisitPurpose]:
    """List the purposes in the order of their codes."""
    rows = (await session.exec(by_code(select(VisitPurpose), col(VisitPurpose.code), query))).all()
    return slice_page_by_code(rows, query, lambda row: row.code)
