"""Reading residence reports: one's own, and those made to the organisations in reach."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.residence.reports import ResidenceReportState
from service.foundation.paging import PageQuery, Slice, newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.residence.reports.errors import ResidenceReportNotFound
from service.residence.reports.tables import ResidenceReport


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    state: ResidenceReportState | None = None
    organisation_id: UUID | None = None


def seen(actor: Actor) -> SelectOfScalar[ResidenceReport]:
    """The reports the actor may see."""
    theirs: sa.ColumnElement[bool] = col(ResidenceReport.organisation_id).in_(scope.reachable(actor))
    if scope.sees_own(actor):
        theirs = sa.or_(theirs, col(ResidenceReport.person_id) == actor.id)
    return select(ResidenceReport).where(theirs)


async def one(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """A report the actor may see. Raises ResidenceReportNotFound."""
    report = (await session.exec(seen(actor).where(ResidenceReport.id == report_id))).first()
    if report is None:
        raise ResidenceReportNotFound(report_id=str(report_id))
    return report


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[ResidenceReport]:
    """Reports the actor may see, newest first."""
    statement = seen(actor)
    if wanted.state:
        statement = statement.where(ResidenceReport.state == wanted.state)
    if wanted.organisation_id:
        statement = statement.where(ResidenceReport.organisation_id == wanted.organisation_id)
    return await newest_first(
        session, statement, col(ResidenceReport.submitted_at), col(ResidenceReport.id), page_query
    )
