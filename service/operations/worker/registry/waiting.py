"""The truth behind each kind of inbox item, in SQL: who must act on which row, until when.

Each selects (person_id, organisation_id, subject_id, about_id, due_at, lapses_at); `{chosen}` narrows the subjects.
A deadline that has passed has no clock any more: then the event that told of it says when it was.
"""

from schemas.identity.local_rules import RuleKey
from service.identity.access.links import withholding
from service.identity.local_rules.resolving import figure_sql

FORGET_AFTER = "interval '90 days'"
"""What is asked for and not owed stops asking after a quarter."""

TIED = ", ".join(f"'{kind.value}'" for kind in withholding())
# as `accusations.among_accused` has it: on the side of the accused or of the place, by the tree or by a link
KEPT_FROM = f"""EXISTS (
    SELECT FROM problem_withheld AS withheld JOIN organisation AS accused ON accused.id = withheld.organisation_id
    WHERE withheld.problem_id = problem.id AND (accused.path @> {{body}}.path OR EXISTS (
        SELECT FROM organisation AS tied
        JOIN organisation_link AS link ON link.kind IN ({TIED}) AND tied.id IN (link.from_id, link.to_id)
            AND (link.valid_until IS NULL OR link.valid_until > problem.raised_at)
        JOIN organisation AS other ON other.id IN (link.from_id, link.to_id) AND other.id <> tied.id
        WHERE tied.path @> {{body}}.path AND accused.path @> other.path
    ))
)"""  # noqa: S608 - words of our own code


def due(subject: str, clock: str, overdue: str, which: str = "") -> str:
    """The moment of a running clock, or of the one that ran out last."""
    return f"""coalesce(
        (SELECT timer.due_at FROM timer WHERE timer.subject_id = {subject}.id AND timer.kind = '{clock}'),
        (SELECT CAST(event.payload ->> 'due_at' AS timestamptz) FROM event
         WHERE event.subject_id = {subject}.id AND event.name = '{overdue}' {which}
         ORDER BY event.epoch DESC, event.transaction_id DESC, event.id DESC LIMIT 1)
    )"""  # noqa: S608 - words of our own code


def _by(clock: str) -> str:
    return due("problem", clock, "problem.overdue", f"AND event.payload ->> 'clock' = '{clock}'")


# whom an accusation is about never gets an item: the nearest organisation above that may know of it does
PROBLEM_TO_DISPATCH = f"""
SELECT CAST(NULL AS uuid), reader.id, problem.id, problem.id, {_by("problem.respond_by")}, CAST(NULL AS timestamptz)
FROM problem JOIN organisation AS raising ON raising.id = problem.organisation_id
CROSS JOIN LATERAL (
    SELECT above.id FROM organisation AS above
    WHERE above.path @> raising.path AND NOT {KEPT_FROM.format(body="above")}
    ORDER BY nlevel(above.path) DESC LIMIT 1
) AS reader
WHERE problem.state = 'raised' AND problem.id {{chosen}}
"""  # noqa: S608 - words of our own code


def problem_of_owner(state: str, clock: str | None) -> str:
    """A problem in this state waits for its owner."""
    by = _by(clock) if clock else "CAST(NULL AS timestamptz)"
    return f"""
SELECT CAST(NULL AS uuid), owner.id, problem.id, problem.id, {by}, CAST(NULL AS timestamptz)
FROM problem JOIN organisation AS owner ON owner.id = problem.owner_id
WHERE problem.state = '{state}' AND problem.id {{chosen}} AND NOT {KEPT_FROM.format(body="owner")}
"""  # noqa: S608 - words of our own code


PROMISE_TO_KEEP = """
SELECT owner_id, CAST(NULL AS uuid), id, id, CAST(due_on + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai',
    CAST(NULL AS timestamptz)
FROM promise WHERE state = 'open' AND id {chosen}
"""
INSIGHT_TO_DECIDE = """
SELECT CAST(NULL AS uuid), routed_to, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM insight WHERE routed_to IS NOT NULL AND is_adopted IS NULL AND id {chosen}
"""


def _days_from(key: RuleKey, moment: str) -> str:
    """The end of a window of a visit that began at a moment: the local rule of that moment says how long it is."""
    return f"{moment} + make_interval(days => {figure_sql(key, 'visit.organisation_id', moment)})"


VISIT_TO_COMPLETE = f"""
SELECT person_id, CAST(NULL AS uuid), id, id, open_until, open_until
FROM (SELECT visit.*, {_days_from(RuleKey.VISIT_RECORD_OPEN_DAYS, "visit.checked_in_at")} AS open_until
    FROM visit WHERE ended_by = 'forgotten' AND purpose IS NULL AND id {{chosen}}) AS visit
"""  # noqa: S608 - words of our own code
COMPANION_MAY_DECLINE = f"""
SELECT person_id, CAST(NULL AS uuid), id, visit_id, until, until
FROM (SELECT companion.*, {_days_from(RuleKey.VISIT_DECLINE_WITHIN_DAYS, "companion.told_at")} AS until
    FROM visit_companion AS companion JOIN visit ON visit.id = companion.visit_id
    WHERE companion.state = 'told' AND companion.id {{chosen}}) AS companion
"""  # noqa: S608 - words of our own code
VISIT_DRAFT_TO_CONFIRM = """
SELECT visit.person_id, CAST(NULL AS uuid), draft.id, draft.id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM visit_draft AS draft JOIN visit ON visit.id = draft.id
WHERE draft.confirmed_at IS NULL AND draft.id {chosen}
"""
FENCE_PROPOSAL_TO_DECIDE = """
SELECT CAST(NULL AS uuid), place.organisation_id, proposal.id, place.id, CAST(NULL AS timestamptz),
    CAST(NULL AS timestamptz)
FROM fence_proposal AS proposal JOIN place ON place.id = proposal.place_id
WHERE proposal.state = 'proposed' AND proposal.id {chosen}
"""
VISIT_CORRECTION_TO_DECIDE = """
SELECT CAST(NULL AS uuid), visit.organisation_id, correction.id, visit.id, CAST(NULL AS timestamptz),
    CAST(NULL AS timestamptz)
FROM visit_correction AS correction JOIN visit ON visit.id = correction.visit_id
WHERE correction.state = 'requested' AND correction.id {chosen}
"""
RESIDENCE_REPORT_TO_CONFIRM = """
SELECT CAST(NULL AS uuid), organisation_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM residence_report WHERE state = 'submitted' AND id {chosen}
"""
RESIDENCE_REPORT_RETURNED = f"""
SELECT report.person_id, CAST(NULL AS uuid), report.id, report.id, CAST(NULL AS timestamptz),
    report.decided_at + {FORGET_AFTER}
FROM residence_report AS report
WHERE report.state = 'returned' AND report.id {{chosen}} AND NOT EXISTS (
    SELECT FROM residence_report AS newer
    WHERE newer.person_id = report.person_id AND newer.id <> report.id AND newer.submitted_at >= report.decided_at
)
"""  # noqa: S608 - words of our own code
OTHER_REPORTS_OF_THE_PERSON = """
SELECT other.id FROM residence_report AS report JOIN residence_report AS other ON other.person_id = report.person_id
WHERE report.id = ANY(:subjects) AND other.state = 'returned'
"""
PLACEMENT_TO_REPORT = f"""
SELECT person_id, CAST(NULL AS uuid), id, id, CAST(NULL AS timestamptz), ended_at + {FORGET_AFTER}
FROM placement WHERE ended_at IS NOT NULL AND reported_at IS NULL AND id {{chosen}}
"""  # noqa: S608 - words of our own code
PLACEMENT_REPORT_TO_DECIDE = """
SELECT CAST(NULL AS uuid), sending_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM placement WHERE reported_at IS NOT NULL AND is_adopted IS NULL AND id {chosen}
"""
PLACEMENT_TO_APPRAISE = f"""
SELECT CAST(NULL AS uuid), host_id, id, id, CAST(NULL AS timestamptz), ended_at + {FORGET_AFTER}
FROM placement WHERE ended_at IS NOT NULL AND appraised_at IS NULL AND id {{chosen}}
"""  # noqa: S608 - words of our own code
CONTACT_POINT_OPINION = f"""
SELECT CAST(NULL AS uuid), place.organisation_id, point.id, point.id, CAST(NULL AS timestamptz),
    point.ended_at + {FORGET_AFTER}
FROM contact_point AS point JOIN place ON place.id = point.place_id
WHERE point.ended_at IS NOT NULL AND point.opinion_at IS NULL AND point.id {{chosen}}
"""  # noqa: S608 - words of our own code
# from the log, not from the dossiers: those are behind the second lock
DOSSIER_TO_REVIEW = """
SELECT CAST(frozen.payload ->> 'person_id' AS uuid), CAST(NULL AS uuid), frozen.subject_id,
    CAST(frozen.payload ->> 'cycle_id' AS uuid), CAST(NULL AS timestamptz), frozen.occurred_at + interval '30 days'
FROM event AS frozen
WHERE frozen.name = 'dossier.frozen' AND frozen.subject_id {chosen}
    AND frozen.id >= uuid7_floor(:now - interval '31 days')
    AND NOT EXISTS (
        SELECT FROM event AS handed
        WHERE handed.subject_id = frozen.subject_id AND handed.name = 'dossier.handed_over'
    )
"""
CORRECTION_REQUEST_TO_DECIDE = f"""
SELECT CAST(NULL AS uuid), coalesce(request.organisation_id, root.id), request.id, request.id,
    {due("request", "correction_request.decide_by", "correction_request.overdue")}, CAST(NULL AS timestamptz)
FROM correction_request AS request
LEFT JOIN organisation AS root ON request.organisation_id IS NULL AND root.parent_id IS NULL
WHERE request.state = 'submitted' AND request.id {{chosen}} AND coalesce(request.organisation_id, root.id) IS NOT NULL
"""  # noqa: S608 - words of our own code
CONSENT_TO_RENEW = """
SELECT consent.person_id, CAST(NULL AS uuid), consent.id, consent.id, newest.hold_until, CAST(NULL AS timestamptz)
FROM consent JOIN unnest(:purposes, :versions, :hold_until) AS newest (purpose, version, hold_until)
    ON newest.purpose = consent.purpose AND newest.version <> consent.notice_version
WHERE consent.withdrawn_at IS NULL AND consent.id {chosen}
"""
ENDPOINT_STOPPED = """
SELECT CAST(NULL AS uuid), organisation_id, id, id, CAST(NULL AS timestamptz), CAST(NULL AS timestamptz)
FROM endpoint WHERE state = 'disabled' AND disabled_reason <> :by_owner AND id {chosen}
"""
