"""The indicators of the assessment, one definition and one query each. Only outcomes of one person.

A query returns the evidence: event_id, event_name, subject_id, occurred_at, value. The figure is a pure function of the
values. A change of the query or the function needs a new `version`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from schemas.events import EventName
from schemas.judgement.assessments import FigureBasis
from schemas.solving.problems import ProblemOutcome


def count_rows(values: Sequence[float]) -> float | None:
    """The number of rows."""
    return len(values)


def median_value(values: Sequence[float]) -> float | None:
    """The median, or None without values."""
    return round(float(median(values)), 2) if values else None


@dataclass(frozen=True)
class Indicator:
    """The definition of one figure."""

    code: str
    name: str
    unit: str
    version: int
    sources: tuple[EventName, ...]
    basis: FigureBasis
    evidence: sa.TextClause
    """Query with the parameters person_id, begin, end; oldest row first."""
    figure: Callable[[Sequence[float]], float | None]


CONFIRMED_SOLVED = sa.text("""
SELECT event.id AS event_id, event.name AS event_name, event.subject_id, event.occurred_at, 1 AS value
FROM problem JOIN event ON event.subject_id = problem.id
WHERE problem.raised_by = :person_id AND NOT problem.is_accusation AND problem.outcome = :outcome
    AND event.name = :name AND event.actor_kind = 'resident'
    AND event.occurred_at >= :begin AND event.occurred_at < :end
ORDER BY event.occurred_at, event.id
""").bindparams(name=EventName.PROBLEM_CONFIRMED.value, outcome=ProblemOutcome.SOLVED.value)

DAYS_TO_ANSWER = sa.text("""
SELECT first.id AS event_id, first.name AS event_name, first.subject_id, first.occurred_at,
    round(extract(epoch FROM first.occurred_at - problem.raised_at) / 86400, 2)::float8 AS value
FROM problem CROSS JOIN LATERAL (
    SELECT event.id, event.name, event.subject_id, event.occurred_at FROM event
    WHERE event.subject_id = problem.id AND event.name = :name
    ORDER BY event.occurred_at, event.id LIMIT 1
) AS first
WHERE problem.raised_by = :person_id AND NOT problem.is_accusation
    AND first.occurred_at >= :begin AND first.occurred_at < :end
ORDER BY first.occurred_at, first.id
""").bindparams(name=EventName.PROBLEM_ANSWERED.value)

# Accusations are never evidence, because superiors read the dossier and one of them may be accused.
# Only ratings by the private link count. A rating that the assessed person relayed closes the problem, but is no
# evidence in that person's own dossier.
EVENTS_OF_RAISED_PROBLEMS = sa.text("""
SELECT event.id AS event_id, event.name AS event_name, event.subject_id, event.occurred_at, 1 AS value
FROM problem JOIN event ON event.subject_id = problem.id
WHERE problem.raised_by = :person_id AND NOT problem.is_accusation AND event.name = :name
    AND event.actor_kind = 'resident' AND event.occurred_at >= :begin AND event.occurred_at < :end
ORDER BY event.occurred_at, event.id
""")

INDICATORS = (
    Indicator(
        code="problems_confirmed_solved",
        name="群众确认解决的问题",
        unit="件",
        version=2,
        sources=(EventName.PROBLEM_CONFIRMED,),
        basis=FigureBasis.RESIDENT,
        evidence=CONFIRMED_SOLVED,
        figure=count_rows,
    ),
    Indicator(
        code="median_days_to_answer",
        name="所提问题首次答复用时（中位数）",
        unit="天",
        version=2,
        sources=(EventName.PROBLEM_RAISED, EventName.PROBLEM_ANSWERED),
        basis=FigureBasis.RECORD,
        evidence=DAYS_TO_ANSWER,
        figure=median_value,
    ),
    Indicator(
        code="problems_reopened",
        name="群众不满意而重新办理",
        unit="件次",
        version=2,
        sources=(EventName.PROBLEM_REOPENED,),
        basis=FigureBasis.RESIDENT,
        evidence=EVENTS_OF_RAISED_PROBLEMS.bindparams(name=EventName.PROBLEM_REOPENED.value),
        figure=count_rows,
    ),
    Indicator(
        code="residents_satisfied",
        name="群众表示满意",
        unit="人次",
        version=2,
        sources=(EventName.PROBLEM_CONFIRMED,),
        basis=FigureBasis.RESIDENT,
        evidence=EVENTS_OF_RAISED_PROBLEMS.bindparams(name=EventName.PROBLEM_CONFIRMED.value),
        figure=count_rows,
    ),
)
"""All indicators; there is only this set."""
