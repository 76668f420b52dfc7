"""Inbox rules of problems: which events open and close items, and the SQL that selects the open ones."""

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.manifest.inbox_rules import InboxRule, due_at_sql
from service.identity.access.links import conflict_of_interest_kinds
from service.identity.access.permissions import Permission
from service.solving.problems import deadlines

LINK_KINDS = ", ".join(f"'{kind.value}'" for kind in conflict_of_interest_kinds())
# the same rule as `accusations.barred_among`: barred by the tree of organisations or by a link
IS_BARRED = f"""EXISTS (
    SELECT FROM problem_barred_organisation AS entry JOIN organisation AS barred ON barred.id = entry.organisation_id
    WHERE entry.problem_id = problem.id AND (barred.path @> {{body}}.path OR EXISTS (
        SELECT FROM organisation AS linked
        JOIN organisation_link AS link ON link.kind IN ({LINK_KINDS}) AND linked.id IN (link.from_id, link.to_id)
            AND (link.valid_until IS NULL OR link.valid_until > problem.raised_at)
        JOIN organisation AS other ON other.id IN (link.from_id, link.to_id) AND other.id <> linked.id
        WHERE linked.path @> {{body}}.path AND barred.path @> other.path
    ))
)"""  # noqa: S608 - constants of our own code


def _due_at(timer: str) -> str:
    return due_at_sql("problem", timer, "problem.overdue", f"AND event.payload ->> 'timer' = '{timer}'")


# a barred organisation never gets an item; the nearest one above it that is not barred does
PROBLEM_TO_DISPATCH = f"""
SELECT CAST(NULL AS uuid), reader.id, problem.id, problem.id, {_due_at("problem.respond_by")}, CAST(NULL AS timestamptz)
FROM problem JOIN organisation AS raising ON raising.id = problem.organisation_id
CROSS JOIN LATERAL (
    SELECT above.id FROM organisation AS above
    WHERE above.path @> raising.path AND NOT {IS_BARRED.format(body="above")}
    ORDER BY nlevel(above.path) DESC LIMIT 1
) AS reader
WHERE problem.state = 'raised' AND problem.id {{chosen}}
"""  # noqa: S608 - constants of our own code


def owned_problem_sql(state: str, timer: str | None) -> str:
    """SQL of the problems in this state, which their owner must handle."""
    due_at = _due_at(timer) if timer else "CAST(NULL AS timestamptz)"
    return f"""
SELECT CAST(NULL AS uuid), owner.id, problem.id, problem.id, {due_at}, CAST(NULL AS timestamptz)
FROM problem JOIN organisation AS owner ON owner.id = problem.owner_id
WHERE problem.state = '{state}' AND problem.id {{chosen}} AND NOT {IS_BARRED.format(body="owner")}
"""  # noqa: S608 - constants of our own code


INBOX_RULES = (
    InboxRule(
        kind=InboxKind.PROBLEM_TO_DISPATCH,
        zh="有问题没有对应的承办单位，请派单。",
        en="A problem has no responsible organisation yet. Dispatch it.",
        permission=Permission.PROBLEM_DISPATCH,
        path="problems/{about}",
        opens=(EventName.PROBLEM_RAISED,),
        closes=(EventName.PROBLEM_DISPATCHED,),
        waiting=PROBLEM_TO_DISPATCH,
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_ACCEPT,
        zh="有问题派到本单位，请在期限前受理。",
        en="A problem was dispatched to your organisation. Accept it before the deadline.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_DISPATCHED,),
        closes=(EventName.PROBLEM_ACCEPTED,),
        waiting=owned_problem_sql("dispatched", deadlines.RESPOND_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_ANSWER,
        zh="已受理的问题，请在期限前办理并答复群众。",
        en="Your organisation accepted a problem. Solve it and answer before the deadline.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_ACCEPTED,),
        closes=(EventName.PROBLEM_ANSWERED,),
        waiting=owned_problem_sql("accepted", deadlines.SOLVE_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_REDO,
        zh="群众不满意并说明了原因，请重新办理。",
        en="The resident is not satisfied and gave a reason. Work on the problem again.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_REOPENED,),
        closes=(EventName.PROBLEM_ANSWERED,),
        waiting=owned_problem_sql("reopened", deadlines.SOLVE_BY),
    ),
    InboxRule(
        kind=InboxKind.PROBLEM_TO_CLOSE,
        zh="群众已表示满意，请办结。",
        en="The resident is satisfied. Close the problem.",
        permission=Permission.PROBLEM_HANDLE,
        path="problems/{about}",
        opens=(EventName.PROBLEM_CONFIRMED,),
        closes=(EventName.PROBLEM_CLOSED,),
        waiting=owned_problem_sql("confirmed", None),
    ),
)
