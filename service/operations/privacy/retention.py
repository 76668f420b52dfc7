"""How long things are kept and what becomes of them then: one table that a lawyer could read.

Each line says what is removed or masked, after how many days, from which moment, and where the rule comes from.
Masked and emptied columns are not under any digest, so the record stays provable. What a dossier still cites stays.
Positions also have a clock each (`service/fieldwork/visits/positions.py`), households go as their contact ends
(`service/ground/contact_points/terms.py`); their lines here are the net below.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from schemas.operations.privacy import PurgeVerb
from service.foundation.settings import Settings
from service.operations.privacy.errors import RetentionNotAllowed

YEAR = 365
NUMBERS = (
    r"(?<![0-9])(\+?86[- ]?)?1[3-9][0-9]([- ]?[0-9]{4}){2}(?![0-9])"
    r"|(?<![0-9])0[0-9]{2,3}[- ]?[0-9]{7,8}(?![0-9])|(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])"
)
"""Mobile and landline phones, identity numbers: what is struck out of free texts."""


@dataclass(frozen=True)
class Rule:
    """One line of the table. `statement` handles at most `:at_most` rows due before `:before`, and gives their ids."""

    word: str
    table: str
    verb: PurgeVerb
    what_zh: str
    what_en: str
    days: int
    since_zh: str
    since_en: str
    source: str
    statement: sa.TextClause | None
    """None: whole partitions are dropped."""
    at_least: int = 0
    at_most: int | None = None


# columns and pattern are words of our own code; every value is bound
MASKED = ", ".join(
    f"{column} = regexp_replace({column}, '{NUMBERS}', '***', 'g')"
    for column in ("description", "answer", "satisfaction_reason")
)
MASK_PROBLEMS = f"""
WITH due AS (
    SELECT id FROM problem WHERE closed_at < :before AND masked_at IS NULL
    ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED
), contact AS (DELETE FROM problem_contact USING due WHERE problem_id = due.id),
link AS (DELETE FROM problem_link USING due WHERE problem_id = due.id)
UPDATE problem SET masked_at = :now, {MASKED} FROM due WHERE problem.id = due.id RETURNING problem.id
"""  # noqa: S608 - see above


RULES: tuple[Rule, ...] = (
    Rule(
        "visit_position",
        "visit_position",
        PurgeVerb.REMOVED,
        "签到的精确位置",
        "the exact position of a check-in",
        90,
        "签到登记时起",
        "from the entry of the check-in",
        "DESIGN §2.8, DOMAIN §7.1 (GB/T 45574-2025), PIPL 19",
        sa.text(
            "DELETE FROM visit_position WHERE visit_id IN (SELECT kept.visit_id FROM visit_position AS kept"
            " JOIN visit ON visit.id = kept.visit_id WHERE visit.recorded_at < :before"
            " ORDER BY kept.visit_id LIMIT :at_most FOR UPDATE OF kept SKIP LOCKED) RETURNING visit_id"
        ),
        at_most=90,
    ),
    Rule(
        "position_without_consent",
        "visit_position",
        PurgeVerb.REMOVED,
        "已无有效同意者的精确位置",
        "exact positions of persons without a consent in force",
        0,
        "同意撤回或失效时起",
        "from the end of the consent",
        "PIPL 15, 47",
        sa.text(
            "DELETE FROM visit_position WHERE visit_id IN (SELECT kept.visit_id FROM visit_position AS kept"
            " WHERE NOT EXISTS (SELECT FROM consent WHERE consent.person_id = kept.person_id"
            " AND consent.purpose = 'keep_positions' AND consent.withdrawn_at IS NULL)"
            " ORDER BY kept.visit_id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING visit_id"
        ),
        at_most=0,
    ),
    Rule(
        "problem_contact",
        "problem_contact",
        PurgeVerb.MASKED,
        "群众联系方式、专属链接；诉求文字中的电话和证件号码",
        "the resident's contact and private link; phone and identity numbers within the texts",
        YEAR,
        "问题办结时起",
        "from the closing of the problem",
        "DOMAIN §7.2, PIPL 19, 47",
        sa.text(MASK_PROBLEMS),
    ),
    Rule(
        "problem_text",
        "problem",
        PurgeVerb.MASKED,
        "问题台账中的文字（描述、答复、评价原因），状态和时间保留",
        "the texts of the ledger of problems; states and moments stay",
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
    Rule(
        "problem_link",
        "problem_link",
        PurgeVerb.REMOVED,
        "已过期的专属链接",
        "private links that ran out",
        0,
        "链接到期时起",
        "from the end of the link",
        "PIPL 19",
        sa.text(
            "DELETE FROM problem_link WHERE token_hash IN (SELECT token_hash FROM problem_link"
            " WHERE expires_at < :before LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING problem_id"
        ),
    ),
    Rule(
        "contact_household",
        "contact_household",
        PurgeVerb.REMOVED,
        "联系点已结束而仍在的联系户（平时随联系点结束、该户不再同意立即删除）",
        "households left by a contact point that ended; as a rule they go with it, or at their word, at once",
        0,
        "联系点结束时起",
        "from the end of the contact point",
        "DESIGN §2.8, PIPL 15, 47",
        sa.text(
            "DELETE FROM contact_household WHERE id IN (SELECT kept.id FROM contact_household AS kept"
            " JOIN contact_point AS point ON point.id = kept.contact_point_id WHERE point.ended_at < :before"
            " ORDER BY kept.id LIMIT :at_most FOR UPDATE OF kept SKIP LOCKED) RETURNING id"
        ),
        at_most=0,
    ),
    Rule(
        "dossier",
        "dossier",
        PurgeVerb.MASKED,
        "考核材料的内容和签名；哈希保留，可与干部档案中的原件核对",
        "the content and signature of a dossier; its hash stays, to compare with the original in the cadre's file",
        3 * YEAR,
        "材料移交时起",
        "from the hand-over",
        "DOMAIN §7.2",
        sa.text(
            "WITH due AS (SELECT id FROM dossier WHERE handed_over_at < :before AND jws <> ''"
            " ORDER BY handed_over_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED)"
            " UPDATE dossier SET snapshot = '{}', jws = '' FROM due WHERE dossier.id = due.id RETURNING dossier.id"
        ),
    ),
    Rule(
        "residence_report",
        "residence_report",
        PurgeVerb.REMOVED,
        "已终止或退回的报到（考核材料仍引用的除外）",
        "residence reports that ended or were returned, unless a dossier may still cite them",
        3 * YEAR,
        "报到终止或退回时起",
        "from the end or return of the report",
        "DOMAIN §7.2",
        sa.text(
            "DELETE FROM residence_report WHERE id IN (SELECT past.id FROM residence_report AS past"
            " WHERE past.state IN ('ended', 'returned') AND coalesce(past.ended_at, past.decided_at) < :before"
            " AND NOT EXISTS (SELECT FROM dossier WHERE dossier.person_id = past.person_id AND dossier.jws <> ''"
            " AND dossier.frozen_at >= past.submitted_at)"
            " AND NOT EXISTS (SELECT FROM assessment_cycle AS cycle WHERE cycle.state <> 'frozen'"
            " AND cycle.from_day <= coalesce(past.ended_at, past.decided_at)::date)"
            " ORDER BY past.id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "correction_request",
        "correction_request",
        PurgeVerb.MASKED,
        "更正申请的文字，决定和时间保留",
        "the texts of a request for correction; the decision and its moments stay",
        3 * YEAR,
        "作出决定时起",
        "from the decision",
        "PIPL 19",
        sa.text(
            "WITH due AS (SELECT id FROM correction_request WHERE decided_at < :before AND what <> ''"
            " ORDER BY decided_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED)"
            " UPDATE correction_request SET what = '', should_be = '', answer = ''"
            " FROM due WHERE correction_request.id = due.id RETURNING correction_request.id"
        ),
    ),
    Rule(
        "sign_in_attempt",
        "sign_in_attempt",
        PurgeVerb.REMOVED,
        "登录失败计数",
        "failures to sign in",
        2,
        "计数窗口开始时起",
        "from the beginning of their window",
        "DOMAIN §7.3, PIPL 19",
        sa.text(
            "DELETE FROM sign_in_attempt WHERE id IN (SELECT id FROM sign_in_attempt WHERE since < :before"
            " AND coalesce(locked_until, since) < :now LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "second_factor",
        "second_factor",
        PurgeVerb.REMOVED,
        "开始绑定而未确认的身份验证器",
        "authenticators whose set-up was never completed",
        1,
        "开始绑定时起",
        "from the beginning of the set-up",
        "PIPL 19",
        sa.text(
            "DELETE FROM second_factor WHERE id IN (SELECT id FROM second_factor WHERE confirmed_at IS NULL"
            " AND begun_at < :before LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "device",
        "device",
        PurgeVerb.REMOVED,
        "已退出或已过期的登录设备",
        "devices that were signed out or not used in time",
        180,
        "退出或过期时起",
        "from the end of the sign-in",
        "DOMAIN §7.3, Cybersecurity Law (at least six months)",
        sa.text(
            "DELETE FROM device WHERE id IN (SELECT id FROM device WHERE coalesce(revoked_at, expires_at) < :before"
            " ORDER BY coalesce(revoked_at, expires_at) LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "inbox_item",
        "inbox_item",
        PurgeVerb.REMOVED,
        "已办结的待办",
        "items of the inbox that were done",
        90,
        "办结时起",
        "from the moment it was done",
        "PIPL 19",
        sa.text(
            "DELETE FROM inbox_item WHERE id IN (SELECT id FROM inbox_item WHERE closed_at < :before"
            " ORDER BY closed_at, id LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "spent_sign_in",
        "spent_sign_in",
        PurgeVerb.REMOVED,
        "已用过的一次性登录请求编号",
        "the ids of one-time sign-in attempts that were used",
        0,
        "请求到期时起",
        "from the end of the attempt",
        "DESIGN §5.7",
        sa.text(
            "DELETE FROM spent_sign_in WHERE id IN (SELECT id FROM spent_sign_in WHERE expires_at < :before"
            " ORDER BY expires_at LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
    ),
    Rule(
        "import_row",
        "import_row",
        PurgeVerb.REMOVED,
        "导入的逐行结果（结束时已去除姓名、工号和内容）",
        "the result of each row of an import, emptied when it ended",
        YEAR,
        "导入结束时起",
        "from the end of the import",
        "PIPL 19",
        sa.text(
            "DELETE FROM import_row WHERE (import_id, number) IN (SELECT past.import_id, past.number"
            " FROM import_row AS past JOIN import ON import.id = past.import_id WHERE import.finished_at < :before"
            " LIMIT :at_most FOR UPDATE OF past SKIP LOCKED) RETURNING import_id"
        ),
    ),
    Rule(
        "delivery",
        "delivery",
        PurgeVerb.REMOVED,
        "回调投递记录（按季度分区整体删除）",
        "deliveries of webhooks, a whole quarter's partition at once",
        90,
        "分区最后一天起",
        "from the last day of the partition",
        "DESIGN §5.5",
        None,
    ),
    Rule(
        "access_log",
        "access_log",
        PurgeVerb.REMOVED,
        "访问日志（按月分区整体删除）",
        "the access log, a whole month's partition at once",
        YEAR,
        "分区最后一天起",
        "from the last day of the partition",
        "DOMAIN §7.2, Cybersecurity Law (at least six months)",
        None,
        at_least=184,
    ),
)
BY_WORD = {rule.word: rule for rule in RULES}


def kept_days(rule: Rule, settings: Settings) -> int:
    """How many days the rule keeps, here and now: the one place to ask, and to switch to an organisation's own.

    Raises RetentionNotAllowed for a setting outside what the law allows.
    """
    days = settings.retention_days.get(rule.word, rule.days)
    if days < rule.at_least or (rule.at_most is not None and days > rule.at_most):
        limits = f"{rule.at_least}..{'' if rule.at_most is None else rule.at_most}"
        raise RetentionNotAllowed(f"retention_days: {rule.word} = {days} is outside {limits} days")
    if rule.word == "visit_position":
        return min(days, settings.position_kept_days)
    return days


def policy_version(settings: Settings) -> str:
    """Twelve hex digits that change whenever a rule or its days do. Raises RetentionNotAllowed."""
    if unknown := settings.retention_days.keys() - BY_WORD.keys():
        raise RetentionNotAllowed(f"retention_days: no rule is called {', '.join(sorted(unknown))}")
    rules = [[rule.word, rule.verb, kept_days(rule, settings), str(rule.statement)] for rule in RULES]
    return sha256(json.dumps(rules).encode()).hexdigest()[:12]
