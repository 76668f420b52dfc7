"""Manifest of visit plans: records, open references and event handlers."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.events import EventName
from schemas.fieldwork.visit_plans import VisitPlanState
from service.fieldwork.visit_plans import actions
from service.fieldwork.visit_plans.tables import VisitPlan
from service.foundation.manifest.handlers import InTransaction
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import Basis, OpenReference, TableRecord
from service.identity.access.permissions import Permission

MANIFEST = Manifest(
    records=(
        TableRecord(
            VisitPlan, "走访计划", "plans of visits", Basis.DUTY, readers=(Permission.VISIT_READ,), own=("person_id",)
        ),
    ),
    paths={"visit_plan": "visit-plans"},
    open_references=(
        OpenReference(
            VisitPlan.organisation_id,
            "走访计划",
            "planned visits",
            lambda at: sa.and_(col(VisitPlan.state) == VisitPlanState.PLANNED, col(VisitPlan.until_at) > at),
        ),
    ),
    handlers={
        EventName.VISIT_CHECKED_IN: (InTransaction(actions.mark_kept_in_batch, "mark the plan for that day as kept"),),
    },
)
