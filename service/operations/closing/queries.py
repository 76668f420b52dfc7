"""What still hangs on an organisation: one line a table, read by whoever wants to close it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.promises import PromiseState
from schemas.fieldwork.visit_plans import VisitPlanState
from schemas.fieldwork.visits import VisitState
from schemas.judgement.assessments import CycleState
from schemas.residence.reports import ResidenceReportState
from schemas.solving.problems import ProblemState
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit
from service.ground.contact_points.tables import ContactPoint
from service.ground.placements.tables import Placement
from service.ground.places.tables import Place
from service.identity.access.scope import has_not_ended
from service.identity.tree.tables import Organisation, OrganisationLink, Posting
from service.judgement.assessments.tables import AssessmentCycle
from service.residence.reports.tables import ResidenceReport
from service.solving.problems.tables import Problem, ProblemRoute

COUNTED = 1000
"""Rows counted at most of each: to whoever closes, many are many."""
LEFT = {
    "person.organisation_id": "who entered the person; rights come from postings",
    "correction_request.organisation_id": "decided from above when nobody is posted there any more",
    "insight.organisation_id": "history",
    "insight.routed_to": "decided from above when nobody is posted there any more",
    "placement_selection.organisation_id": "a plan of one year",
    "problem.organisation_id": "on whose behalf it was raised; it hangs on its owner",
    "problem_route_version.organisation_id": "history; the route in force hangs",
    "problem_withheld.organisation_id": "an accusation outlives the accused body",
    "service_client.organisation_id": "a system reaches nothing once its organisation is closed",
    "endpoint.organisation_id": "nothing is told any more",
    "import.organisation_id": "confirmed or lapsed within a week",
    "inbox_item.organisation_id": "derived from what is open, and gone with it",
    "local_rule.organisation_id": "what held there goes on being told",
    "organisation.successor_id": "who took over from it",
    "organisation_former_name.organisation_id": "history",
}
"""References to an organisation that do not keep it open, and why."""
LABELS = {
    "assessment_cycle.organisation_id": "未定格的考核周期",
    "assessment_cycle.receiver_id": "将由其接收材料的考核周期",
    "contact_point.organisation_id": "未结束的联系点",
    "organisation.parent_id": "下级组织",
    "organisation_link.from_id": "由其发出的组织联系",
    "organisation_link.to_id": "指向其的组织联系",
    "place.organisation_id": "走访点",
    "placement.sending_id": "派出的锻炼",
    "placement.host_id": "接收的锻炼",
    "posting.organisation_id": "未结束的任职",
    "problem.owner_id": "未办结的问题",
    "problem_route.organisation_id": "派单规则",
    "promise.organisation_id": "未兑现的承诺",
    "residence_report.organisation_id": "未确认的报到",
    "visit.organisation_id": "进行中的走访",
    "visit_plan.organisation_id": "走访计划",
}
"""What is said of each reference that keeps an organisation open."""


def open_at(organisation_id: UUID, at: datetime) -> dict[str, sa.ColumnElement[bool]]:
    """table.column → what of it is open there."""

    def there(column: Any, *is_open: sa.ColumnElement[bool]) -> tuple[str, sa.ColumnElement[bool]]:
        column = col(column)
        return f"{column.table.name}.{column.key}", sa.and_(column == organisation_id, *is_open)

    return dict(
        (
            there(Organisation.parent_id, col(Organisation.valid_until).is_(None)),
            there(Posting.organisation_id, has_not_ended(Posting, at)),
            there(OrganisationLink.from_id, has_not_ended(OrganisationLink, at)),
            there(OrganisationLink.to_id, has_not_ended(OrganisationLink, at)),
            there(Place.organisation_id),
            there(ContactPoint.organisation_id, col(ContactPoint.ended_at).is_(None)),
            there(Placement.sending_id, col(Placement.ended_at).is_(None)),
            there(Placement.host_id, col(Placement.ended_at).is_(None)),
            there(Problem.owner_id, col(Problem.state) != ProblemState.CLOSED),
            there(ProblemRoute.organisation_id),
            there(Promise.organisation_id, col(Promise.state) == PromiseState.OPEN),
            there(ResidenceReport.organisation_id, col(ResidenceReport.state) == ResidenceReportState.SUBMITTED),
            there(
                VisitPlan.organisation_id,
                col(VisitPlan.state) == VisitPlanState.PLANNED,
                col(VisitPlan.until_at) > at,
            ),
            there(Visit.organisation_id, col(Visit.state) == VisitState.OPEN),
            there(AssessmentCycle.organisation_id, col(AssessmentCycle.state) == CycleState.COLLECTING),
            there(AssessmentCycle.receiver_id, col(AssessmentCycle.state) == CycleState.COLLECTING),
        )
    )


async def hanging(session: AsyncSession, organisation_id: UUID, at: datetime) -> dict[str, int]:
    """table.column → how many open rows, counted up to COUNTED; what has none is left out."""
    counts = {}
    for word, condition in open_at(organisation_id, at).items():
        some = sa.select(sa.literal(1)).where(condition).limit(COUNTED).subquery()
        counts[word] = sa.select(sa.func.count()).select_from(some).scalar_subquery().label(word)
    row = (await (await session.connection()).execute(sa.select(*counts.values()))).one()
    return {word: number for word, number in zip(counts, row, strict=True) if number}
