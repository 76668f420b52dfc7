"""The snapshot of a person in a cycle: the content of the dossier, computed until the cycle is frozen."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from service.judgement.assessments import rules
from service.judgement.assessments.indicators import INDICATORS, Indicator
from service.judgement.assessments.tables import AssessmentCycle

Snapshot = dict[str, Any]


async def compute_snapshot(session: AsyncSession, cycle: AssessmentCycle, person_id: UUID, as_of: datetime) -> Snapshot:
    """Compute the figures of a person as of a time. The same arguments give the same content."""
    span = rules.span_of(cycle.from_day, cycle.until_day, as_of)
    return {
        "cycle": {
            "id": str(cycle.id),
            "name": cycle.name,
            "organisation_id": str(cycle.organisation_id),
            "receiver_id": str(cycle.receiver_id),
        },
        "person_id": str(person_id),
        "span": {"from_day": cycle.from_day.isoformat(), "until_day": cycle.until_day.isoformat()},
        "as_of": _utc_text(as_of),
        "figures": [await _figure(session, indicator, person_id, span) for indicator in INDICATORS],
    }


async def _figure(session: AsyncSession, indicator: Indicator, person_id: UUID, span: rules.Span) -> dict[str, Any]:
    values = {"person_id": person_id, "begin": span.begin, "end": span.end}
    rows = (await (await session.connection()).execute(indicator.evidence, values)).all()
    return {
        "code": indicator.code,
        "name": indicator.name,
        "unit": indicator.unit,
        "definition_version": indicator.version,
        "basis": indicator.basis.value,
        "value": indicator.figure([row.value for row in rows]),
        "evidence": [
            {
                "event_id": str(row.event_id),
                "event_name": row.event_name,
                "subject_id": str(row.subject_id),
                "occurred_at": _utc_text(row.occurred_at),
                "value": row.value,
            }
            for row in rows
        ],
    }


def _utc_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
