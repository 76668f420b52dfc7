"""Reading local rules. They are open to everybody signed in, as the documents are that they come from."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import LocalRuleOut, RuleInForce, RuleKey, RulesInForce
from service.foundation.paging import PageQuery, Slice, newest_first
from service.foundation.workdays import day_of, end_of_day
from service.identity.access import scope
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.errors import LocalRuleNotFound
from service.identity.local_rules.resolving import Asking, in_force
from service.identity.local_rules.tables import LocalRule

LAST_INSTANT = timedelta(microseconds=1)


async def one(session: AsyncSession, rule_id: UUID) -> LocalRule:
    """One setting. Raises LocalRuleNotFound."""
    found = await session.get(LocalRule, rule_id)
    if found is None:
        raise LocalRuleNotFound(rule_id=str(rule_id))
    return found


async def page(
    session: AsyncSession, organisation_id: UUID, key: RuleKey | None, page_query: PageQuery
) -> Slice[LocalRule]:
    """What an organisation itself has set, newest first; the whole history. Raises OrganisationNotFound."""
    await scope.must_exist(session, organisation_id)
    statement = select(LocalRule).where(LocalRule.organisation_id == organisation_id)
    if key:
        statement = statement.where(LocalRule.key == key)
    return await newest_first(session, statement, col(LocalRule.recorded_at), col(LocalRule.id), page_query)


async def held(
    session: AsyncSession, organisation_id: UUID, keys: Sequence[RuleKey], on: date | None, now: datetime
) -> RulesInForce:
    """What holds for an organisation now, or held at the end of a day. Raises OrganisationNotFound."""
    await scope.must_exist(session, organisation_id)
    at = end_of_day(on) - LAST_INSTANT if on else now
    found = (await in_force(session, [Asking(organisation_id, at)], keys))[0]
    ids = [one.rule_id for one in found.values() if one.rule_id]
    rows = (await session.exec(select(LocalRule).where(col(LocalRule.id).in_(ids)))).all()
    rules = {row.id: LocalRuleOut.model_validate(row) for row in rows}
    items = [
        RuleInForce(
            key=key,
            value=one.value,
            unit=CATALOGUE[key].unit,
            rule=rules[one.rule_id] if one.rule_id else None,
        )
        for key, one in found.items()
    ]
    return RulesInForce(organisation_id=organisation_id, on=day_of(at), items=items)
