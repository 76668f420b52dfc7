"""Every table there is: what Alembic and the tests see."""

from typing import Any

from sqlmodel import SQLModel

from service.fieldwork.insights import tables as insights
from service.fieldwork.promises import tables as promises
from service.fieldwork.visit_plans import tables as visit_plans
from service.fieldwork.visits import tables as visits
from service.foundation.events import tables as events
from service.ground.contact_points import tables as contact_points
from service.ground.placements import tables as placements
from service.ground.places import tables as places
from service.identity.access import tables as access
from service.identity.auth import tables as auth
from service.identity.local_rules import tables as local_rules
from service.identity.people import tables as people
from service.identity.tree import tables as organisations
from service.judgement.assessments import tables as assessments
from service.operations.imports import tables as imports
from service.operations.privacy import tables as privacy
from service.outward.inbox import tables as inbox
from service.outward.webhooks import tables as webhooks
from service.residence.reports import tables as residence_reports
from service.solving.problems import tables as problems

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
DIGEST_TABLES: tuple[Any, ...] = tuple(
    sorted(
        (mapper.class_ for mapper in SQLModel._sa_registry.mappers if hasattr(mapper.class_, "__digest_columns__")),
        key=lambda table: str(table.__tablename__),
    )
)
"""The tables whose every change is an event; `grassroots seals verify` compares their rows."""
