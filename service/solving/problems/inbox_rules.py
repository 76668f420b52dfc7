"""Inbox rules of problems: events that open and close items, and the SQL that says who is waiting."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule, due_at_sql
from service.identity.access.links import conflict_of_interest_kinds
from service.identity.access.permissions import Permission
from service.solving.problems import deadlines

TIED = ", ".join(f"'{kind.value}'" for kind in conflict_of_interest_kinds())
# as `accusations.among_accused` decides: on the side of the accused or of the place, by the tree or by a link
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


def _by(clock: str) -> str:
    return due_at_sql("problem", clock, "problem.overdue", f"AND event.payload ->> 'clock' = '{clock}'")


# organisations that an accusation is about never get an item: the nearest one above that may know of it does
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


INBOX_RULES = (
    InboxRule(
        kind=InboxKind.PROBLEM_TO_DISPATCH,
        zh="有问题没有对应的承办单位，请派单。",
        en="A problem has no route to an owner: dispatch it.",
        permission=Permission.PROBLEM_DISPATCH,
        path="problems/{about}",
        opens=(EventName.PROBLEM_RAISED,),
        closes=(EventName.PROBLEM_DISPATCHED,),
        waiting=PROBLEM_TO_DISPATCH,
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_ACCEPT,
        zh="有问题派到本单位，请在期限前受理。",
        en="A problem was dispatched to you: accept it in time.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_DISPATCHED,),
        closes=(EventName.PROBLEM_ACCEPTED,),
        waiting=problem_of_owner("dispatched", deadlines.RESPOND_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_ANSWER,
        zh="已受理的问题，请在期限前办理并答复群众。",
        en="A problem you accepted: solve it and answer the person in time.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_ACCEPTED,),
        closes=(EventName.PROBLEM_ANSWERED,),
        waiting=problem_of_owner("accepted", deadlines.SOLVE_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_REDO,
        zh="群众不满意并说明了原因，请重新办理。",
        en="The person was not satisfied and says why: do it again.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_REOPENED,),
        closes=(EventName.PROBLEM_ANSWERED,),
        waiting=problem_of_owner("reopened", deadlines.SOLVE_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_CLOSE,
        zh="群众已表示满意，请办结。",
        en="The person is satisfied: close it.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_CONFIRMED,),
        closes=(EventName.PROBLEM_CLOSED,),
        waiting=problem_of_owner("confirmed", None),
    ),
)
