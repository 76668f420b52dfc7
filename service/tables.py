"""Every table there is: what Alembic and the tests see."""

from typing import Any

from sqlmodel import SQLModel

from service.access import tables as access
from service.assessments import tables as assessments
from service.auth import tables as auth
from service.contact_points import tables as contact_points
from service.events import tables as events
from service.imports import tables as imports
from service.inbox import tables as inbox
from service.insights import tables as insights
from service.local_rules import tables as local_rules
from service.organisations import tables as organisations
from service.people import tables as people
from service.placements import tables as placements
from service.places import tables as places
from service.privacy import tables as privacy
from service.problems import tables as problems
from service.promises import tables as promises
from service.residence_reports import tables as residence_reports
from service.visit_plans import tables as visit_plans
from service.visits import tables as visits
from service.webhooks import tables as webhooks

METADATA = SQLModel.metadata
MODULES = (
    access,
    assessments,
    auth,
    contact_points,
    events,
    inbox,
    imports,
    insights,
    local_rules,
    organisations,
    people,
    placements,
    places,
    privacy,
    problems,
    promises,
    residence_reports,
    visit_plans,
    visits,
    webhooks,
)
LASTING: tuple[Any, ...] = tuple(
    sorted(
        (mapper.class_ for mapper in SQLModel._sa_registry.mappers if hasattr(mapper.class_, "__lasting__")),
        key=lambda table: str(table.__tablename__),
    )
)
"""The tables whose every change is an event; `grassroots seals verify` compares their rows."""
