"""What holds for an organisation at a moment, as known then: the nearest setting up the tree, else the default.

A moment decides by its day in Beijing and by what had been recorded: so the answer for a past moment never changes,
and a window or deadline can be computed again from the moment it began. Clocks that are set keep their moment.
The tree is that of today.
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
class Asking:
    """For whom and when. No organisation: the default holds."""

    organisation_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class Held:
    """What held, and the setting it comes from; None: the default."""

    value: int | None
    rule_id: UUID | None


def _nearest(path: str, key: str, at: str) -> str:
    """SQL: the (id, value) in force for the organisation with this path. Arguments are names or words of our own.

    The ids of the superiors stand in the path, so each step up is one look into the index.
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
    ORDER BY holder.depth DESC LIMIT 1"""  # noqa: S608 - as said above; every value is bound or a column


IN_FORCE = sa.text(f"""
SELECT asked.number, wanted.key, rule.id, rule.value
FROM unnest(:organisation_ids, :moments) WITH ORDINALITY AS asked(organisation_id, at, number)
JOIN organisation ON organisation.id = asked.organisation_id
CROSS JOIN unnest(:keys) AS wanted(key)
CROSS JOIN LATERAL ({_nearest("organisation.path", "wanted.key", "asked.at")}) AS rule
""").bindparams(  # noqa: S608 - words of our own code; every value is bound
    sa.bindparam("organisation_ids", type_=UUIDS),
    sa.bindparam("moments", type_=sa.ARRAY(TIMESTAMP)),
    sa.bindparam("keys", type_=TEXTS),
)


async def in_force(
    session: AsyncSession, askings: Sequence[Asking], keys: Sequence[RuleKey]
) -> list[dict[RuleKey, Held]]:
    """For each asking, in its order, what holds of each key: one statement, however many are asked."""
    values = {
        "organisation_ids": [asking.organisation_id for asking in askings],
        "moments": [asking.at for asking in askings],
        "keys": [key.value for key in keys],
    }
    found = [{key: Held(CATALOGUE[key].default, None) for key in keys} for _ in askings]
    for row in await (await session.connection()).execute(IN_FORCE, values):
        found[row.number - 1][RuleKey(row.key)] = Held(row.value, row.id)
    return found


async def one(session: AsyncSession, key: RuleKey, organisation_id: UUID | None, at: datetime) -> Held:
    """What holds of one key for one organisation at a moment."""
    return (await in_force(session, [Asking(organisation_id, at)], [key]))[0][key]


async def figures(session: AsyncSession, key: RuleKey, askings: Sequence[Asking]) -> list[int]:
    """The figures of a key that has a default, in the order of asking. Raises LookupError for one that has none."""
    default = CATALOGUE[key].default
    if default is None:
        raise LookupError(f"{key} may be unset: ask with `one` and say what then")
    values = [held[key].value for held in await in_force(session, askings, [key])]
    return [default if value is None else value for value in values]


async def figure(session: AsyncSession, key: RuleKey, organisation_id: UUID | None, at: datetime) -> int:
    """The figure of a key that has a default. Raises LookupError for one that has none."""
    return (await figures(session, key, [Asking(organisation_id, at)]))[0]


def figure_sql(key: RuleKey, organisation_id: str, at: str) -> str:
    """The same figure as an SQL expression over two columns, for statements that look at many rows."""
    nearest = _nearest("keeper.path", f"'{key.value}'", at)
    held = f"SELECT rule.value FROM organisation AS keeper CROSS JOIN LATERAL ({nearest}) AS rule"  # noqa: S608 - as in _nearest
    return f"coalesce(CAST(({held} WHERE keeper.id = {organisation_id}) AS integer), {CATALOGUE[key].default})"
