"""Look up the rules in force for an organisation at a time.

That is the nearest setting up the tree, else the default. A lookup for a past time uses that time's day in Beijing and
only the rows recorded by then. So its result never changes, and a deadline can be computed again from the time it
began; timers that are already set keep their time. Only the tree is that of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.foundation.columns import TEXTS, TIMESTAMP, UUIDS
from service.identity.local_rules.catalogue import CATALOGUE


@dataclass(frozen=True)
class RuleLookup:
    """An organisation and a time. Without an organisation the default is in force."""

    organisation_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class EffectiveRule:
    """The value in force, and the `local_rule` it comes from; `rule_id` None: the default."""

    value: int | None
    rule_id: UUID | None


def _nearest_sql(path: str, key: str, at: str) -> str:
    """SQL: the (id, value) in force for the organisation with this path.

    The arguments are SQL expressions of our own code. The path contains the ids of all superiors, so each step up the
    tree costs one index lookup.
    """
    return f"""
    SELECT newest.id, newest.value
    FROM unnest(CAST(string_to_array(CAST({path} AS text), '.') AS uuid[])) WITH ORDINALITY AS holder(id, depth)
    CROSS JOIN LATERAL (
        SELECT local_rule.id, local_rule.value FROM local_rule
        WHERE local_rule.organisation_id = holder.id AND local_rule.key = {key}
        AND local_rule.valid_from <= CAST(timezone('Asia/Shanghai', {at}) AS date)
        AND local_rule.recorded_at <= {at}
        ORDER BY local_rule.valid_from DESC, local_rule.number DESC LIMIT 1
    ) AS newest
    WHERE newest.value IS NOT NULL
    ORDER BY holder.depth DESC LIMIT 1"""  # noqa: S608 - expressions of our own code; every value is bound or a column


EFFECTIVE_RULES = sa.text(f"""
SELECT lookup.number, requested.key, rule.id, rule.value
FROM unnest(:organisation_ids, :times) WITH ORDINALITY AS lookup(organisation_id, at, number)
JOIN organisation ON organisation.id = lookup.organisation_id
CROSS JOIN unnest(:keys) AS requested(key)
CROSS JOIN LATERAL ({_nearest_sql("organisation.path", "requested.key", "lookup.at")}) AS rule
""").bindparams(  # noqa: S608 - expressions of our own code; every value is bound
    sa.bindparam("organisation_ids", type_=UUIDS),
    sa.bindparam("times", type_=sa.ARRAY(TIMESTAMP)),
    sa.bindparam("keys", type_=TEXTS),
)


async def effective_rules(
    session: AsyncSession, lookups: Sequence[RuleLookup], keys: Sequence[RuleKey]
) -> list[dict[RuleKey, EffectiveRule]]:
    """For each lookup, in the same order, the rule in force of each key. One statement for all."""
    values = {
        "organisation_ids": [lookup.organisation_id for lookup in lookups],
        "times": [lookup.at for lookup in lookups],
        "keys": [key.value for key in keys],
    }
    rules = [{key: EffectiveRule(CATALOGUE[key].default, None) for key in keys} for _ in lookups]
    for row in await (await session.connection()).execute(EFFECTIVE_RULES, values):
        rules[row.number - 1][RuleKey(row.key)] = EffectiveRule(row.value, row.id)
    return rules


async def effective_rule(
    session: AsyncSession, key: RuleKey, organisation_id: UUID | None, at: datetime
) -> EffectiveRule:
    """The rule in force of one key for one organisation at a time."""
    return (await effective_rules(session, [RuleLookup(organisation_id, at)], [key]))[0][key]


async def rule_values(session: AsyncSession, key: RuleKey, lookups: Sequence[RuleLookup]) -> list[int]:
    """The values of a key that has a default, in the order of the lookups; else raises LookupError."""
    default = CATALOGUE[key].default
    if default is None:
        raise LookupError(f"{key} has no default; call `effective_rule` and handle None")
    values = [rules[key].value for rules in await effective_rules(session, lookups, [key])]
    return [default if value is None else value for value in values]


async def rule_value(session: AsyncSession, key: RuleKey, organisation_id: UUID | None, at: datetime) -> int:
    """The value of a key that has a default; else raises LookupError."""
    return (await rule_values(session, key, [RuleLookup(organisation_id, at)]))[0]


def rule_value_sql(key: RuleKey, organisation_id: str, at: str) -> str:
    """`rule_value` as an SQL expression over two columns, for statements over many rows."""
    nearest = _nearest_sql("rule_holder.path", f"'{key.value}'", at)
    value = f"SELECT rule.value FROM organisation AS rule_holder CROSS JOIN LATERAL ({nearest}) AS rule"  # noqa: S608 - as in _nearest_sql
    return f"coalesce(CAST(({value} WHERE rule_holder.id = {organisation_id}) AS integer), {CATALOGUE[key].default})"
