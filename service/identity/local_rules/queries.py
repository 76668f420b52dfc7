"""Read local rules. Every signed-in person may read them, as their source documents are public."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import EffectiveRuleOut, EffectiveRulesOut, LocalRuleOut, LocalRuleQuery, RuleKey
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.workdays import day_of, end_of_day
from service.identity.access import scope
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.effective_rules import RuleLookup, effective_rules
from service.identity.local_rules.errors import LocalRuleNotFound
from service.identity.local_rules.tables import LocalRule

MICROSECOND = timedelta(microseconds=1)


async def local_rule(session: AsyncSession, rule_id: UUID) -> LocalRule:
    """One local rule. Raises LocalRuleNotFound."""
    row = await session.get(LocalRule, rule_id)
    if row is None:
        raise LocalRuleNotFound(rule_id=str(rule_id))
    return row


async def local_rules(session: AsyncSession, query: LocalRuleQuery) -> Slice[LocalRule]:
    """All rules that an organisation itself has set, newest first. Raises OrganisationNotFound."""
    await scope.must_exist(session, query.organisation_id)
    statement = filter_equal(select(LocalRule), LocalRule, query, "organisation_id", "key")
    return await page_newest_first(session, statement, col(LocalRule.recorded_at), col(LocalRule.id), query)


async def rules_in_force(
    session: AsyncSession, organisation_id: UUID, keys: Sequence[RuleKey], on: date | None, now: datetime
) -> EffectiveRulesOut:
    """The rules in force for an organisation now, or at the end of a day. Raises OrganisationNotFound."""
    await scope.must_exist(session, organisation_id)
    at = end_of_day(on) - MICROSECOND if on else now
    effective = (await effective_rules(session, [RuleLookup(organisation_id, at)], keys))[0]
    ids = [rule.rule_id for rule in effective.values() if rule.rule_id]
    rows = (await session.exec(select(LocalRule).where(col(LocalRule.id).in_(ids)))).all()
    settings = {row.id: LocalRuleOut.model_validate(row) for row in rows}
    items = [
        EffectiveRuleOut(
            key=key,
            value=rule.value,
            unit=CATALOGUE[key].unit,
            rule=settings[rule.rule_id] if rule.rule_id else None,
        )
        for key, rule in effective.items()
    ]
    return EffectiveRulesOut(organisation_id=organisation_id, on=day_of(at), items=items)
