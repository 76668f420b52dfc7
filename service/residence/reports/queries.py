"""Read residence reports: the actor's own, and those to organisations within reach."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.residence.reports import ResidenceReportQuery
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.residence.reports.errors import ResidenceReportNotFound
from service.residence.reports.tables import ResidenceReport


def visible_reports(actor: Actor) -> SelectOfScalar[ResidenceReport]:
    """Select the reports that the actor may see."""
    visible: sa.ColumnElement[bool] = col(ResidenceReport.organisation_id).in_(scope.reachable(actor))
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(ResidenceReport.person_id) == actor.id)
    return select(ResidenceReport).where(visible)


async def get_report(session: AsyncSession, actor: Actor, report_id: UUID) -> ResidenceReport:
    """Read a report that the actor may see. Raises: ResidenceReportNotFound."""
    report = (await session.exec(visible_reports(actor).where(ResidenceReport.id == report_id))).first()
    if report is None:
        raise ResidenceReportNotFound(report_id=str(report_id))
    return report


async def list_reports(session: AsyncSession, actor: Actor, query: ResidenceReportQuery) -> Slice[ResidenceReport]:
    """List the reports that the actor may see, newest first."""
    statement = filter_equal(visible_reports(actor), ResidenceReport, query, "state", "organisation_id")
    return await page_newest_first(
        session, statement, col(ResidenceReport.submitted_at), col(ResidenceReport.id), query
    )
