"""The manifest of problems: what the other domains and the worker use of it."""

import sqlalchemy as sa
from sqlmodel import col

from schemas.foundation.manifest import PurgeVerb
from schemas.solving.problems import ProblemState
from service.foundation.manifest.handlers import TimerHandler
from service.foundation.manifest.manifest import Manifest
from service.foundation.manifest.records import YEAR, Basis, OpenReference, OtherReference, RetentionRule, TableRecord
from service.identity.access.permissions import Permission
from service.solving.problems import accusations, deadlines
from service.solving.problems.inbox_rules import INBOX_RULES
from service.solving.problems.retention import MASK_PROBLEMS
from service.solving.problems.tables import (
    Problem,
    ProblemBarredOrganisation,
    ProblemCategory,
    ProblemCategoryVersion,
    ProblemContact,
    ProblemLink,
    ProblemRoute,
    ProblemRouteVersion,
)

MANIFEST = Manifest(
    records=(
        TableRecord(
            ProblemCategory,
            "问题分类和时限",
            "categories of problems with their deadlines",
            Basis.NOTHING,
            readers=(Permission.PROBLEM_READ,),
        ),
        TableRecord(ProblemRoute, "派单规则", "routes for automatic dispatch", Basis.NOTHING),
        TableRecord(
            ProblemCategoryVersion,
            "问题分类和时限的各版本及其依据",
            "versions of categories and deadlines, with the rule behind each",
            Basis.DUTY,
            readers=(Permission.PROBLEM_READ,),
            others={"set_by": "a setting of the jurisdiction; its author finds it in the list of versions"},
        ),
        TableRecord(
            ProblemRouteVersion,
            "派单规则的各版本及其依据",
            "versions of routes, with the rule behind each",
            Basis.DUTY,
            readers=(Permission.PROBLEM_READ,),
            others={"set_by": "a setting of the jurisdiction; its author finds it in the list of versions"},
        ),
        TableRecord(
            Problem,
            "群众和基层的问题及办理情况",
            "problems and their handling",
            Basis.DUTY,
            retention=("problem_contact", "problem_text"),
            readers=(Permission.PROBLEM_READ,),
            own=("raised_by",),
        ),
        TableRecord(
            ProblemContact,
            "群众姓名和电话",
            "name and phone of a resident",
            Basis.DUTY,
            retention=("problem_contact",),
            readers=(Permission.PROBLEM_REVEAL, Permission.PROBLEM_LOOK_UP),
            elsewhere="residents have no account; they use the private link and ask the owner of the problem",
        ),
        TableRecord(
            ProblemBarredOrganisation, "检举对象：对其保密的组织", "organisations barred from an accusation", Basis.DUTY
        ),
        TableRecord(
            ProblemLink,
            "群众专属链接（只存摘要）",
            "private links of residents, hashed",
            Basis.DUTY,
            retention=("problem_link", "problem_contact"),
        ),
    ),
    retention=(
        RetentionRule(
            "problem_contact",
            "problem_contact",
            PurgeVerb.MASKED,
            "群众联系方式、专属链接；诉求文字中的电话和证件号码",
            "contact and private link of the resident; phone and identity numbers in the texts",
            YEAR,
            "问题办结时起",
            "from the closing of the problem",
            "DOMAIN §7.2, PIPL 19, 47",
            sa.text(MASK_PROBLEMS),
        ),
        RetentionRule(
            "problem_text",
            "problem",
            PurgeVerb.MASKED,
            "问题台账中的文字（描述、答复、评价原因），状态和时间保留",
            "the texts of problems; states and times stay",
            10 * YEAR,
            "问题办结时起",
            "from the closing of the problem",
            "DOMAIN §7.2",
            sa.text(
                "WITH due AS (SELECT id FROM problem WHERE closed_at < :before AND description <> ''"
                " ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED)"
                " UPDATE problem SET description = '', answer = CASE WHEN answer IS NULL THEN NULL ELSE '' END,"
                " satisfaction_reason = NULL FROM due WHERE problem.id = due.id RETURNING problem.id"
            ),
        ),
        RetentionRule(
            "problem_link",
            "problem_link",
            PurgeVerb.REMOVED,
            "已过期的专属链接",
            "expired private links",
            0,
            "链接到期时起",
            "from the expiry of the link",
            "PIPL 19",
            sa.text(
                "DELETE FROM problem_link WHERE token_hash IN (SELECT token_hash FROM problem_link"
                " WHERE expires_at < :before LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING problem_id"
            ),
        ),
    ),
    paths={"problem": "problems"},
    inbox_rules=INBOX_RULES,
    open_references=(
        OpenReference(
            Problem.owner_id,
            "未办结的问题",
            "problems not closed",
            lambda at: col(Problem.state) != ProblemState.CLOSED,
        ),
        OpenReference(ProblemRoute.organisation_id, "派单规则", "routes of problems"),
    ),
    other_references=(
        OtherReference(Problem.organisation_id, "where it was raised; the owner handles it"),
        OtherReference(ProblemRouteVersion.organisation_id, "history; the current route is an open reference"),
        OtherReference(
            ProblemBarredOrganisation.organisation_id, "an accusation stays after the accused organisation closes"
        ),
    ),
    timers={
        deadlines.RESPOND_BY: TimerHandler(
            deadlines.respond_overdue, "notify the owner and the person who raised it: not accepted in time"
        ),
        deadlines.SOLVE_BY: TimerHandler(
            deadlines.solve_overdue, "notify the owner and the person who raised it: not answered in time"
        ),
    },
    hand_over=accusations.bar_successor,
)
