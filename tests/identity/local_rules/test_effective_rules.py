"""Rules in force: the SQL equals a computation in Python, for any tree and any days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.foundation.ids import new_id
from service.foundation.workdays import day_of
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.effective_rules import (
    EffectiveRule,
    RuleLookup,
    effective_rule,
    effective_rules,
    rule_value,
    rule_value_sql,
)
from service.identity.local_rules.tables import LocalRule
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.architecture.source import sources
from tests.conftest import START
from tests.identity.local_rules.conftest import World, day_after_start

KEYS = [RuleKey.VISIT_RECORD_OPEN_DAYS, RuleKey.VISIT_DECLINE_WITHIN_DAYS]
HOURS = st.integers(0, 72)


@dataclass(frozen=True)
class Setting:
    """A local rule: organisation (index), key, value, hour of recording, days until it starts."""

    organisation: int
    key: RuleKey
    value: int | None
    recorded_h: int
    days_ahead: int


@dataclass(frozen=True)
class Case:
    """A tree, settings and lookups. Organisation 0 is the root; `parents[n]` is the parent of organisation n + 1."""

    parents: list[int]
    settings: list[Setting]
    lookups: list[tuple[int, int]]
    """(organisation, hours after START)."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    parents = [draw(st.integers(max(0, n - 1), n)) for n in range(draw(st.integers(0, 5)))]
    node = st.integers(0, len(parents))
    setting = st.builds(Setting, node, st.sampled_from(KEYS), st.none() | st.integers(1, 90), HOURS, st.integers(0, 2))
    lookup = st.tuples(node, st.integers(24, 144))
    return Case(
        parents, draw(st.lists(setting, min_size=2, max_size=12)), draw(st.lists(lookup, min_size=2, max_size=8))
    )


def hours_after_start(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def expected_value(case: Case, organisation: int, at: datetime, key: RuleKey) -> int | None:
    """Go up from the organisation: the last setting begun and recorded by then, unless it is a withdrawal."""
    index: int | None = organisation
    while index is not None:
        recorded = [
            (day_of(hours_after_start(setting.recorded_h)) + timedelta(days=setting.days_ahead), number, setting.value)
            for number, setting in enumerate(case.settings)
            if (setting.organisation, setting.key) == (index, key) and hours_after_start(setting.recorded_h) <= at
        ]
        begun = [entry for entry in recorded if entry[0] <= day_of(at)]
        if begun and (value := max(begun, key=lambda entry: entry[:2])[2]) is not None:
            return value
        index = case.parents[index - 1] if index else None
    return CATALOGUE[key].default


async def insert_case(session: AsyncSession, case: Case, author: Person) -> list[Organisation]:
    organisations = [await build.an_organisation(session)]
    for parent in case.parents:
        organisations.append(await build.an_organisation(session, under=organisations[parent]))
    for number, setting in enumerate(case.settings):
        at = hours_after_start(setting.recorded_h)
        row = LocalRule(
            id=new_id(),
            organisation_id=organisations[setting.organisation].id,
            key=setting.key.value,
            value=setting.value,
            valid_from=day_of(at) + timedelta(days=setting.days_ahead),
            source="文件",
            author_id=author.id,
            recorded_at=at,
            number=number + 1,
            request_fingerprint=b"",
        )
        session.add(row)
    await session.flush()
    return organisations


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
async def test_effective_rules_equal_a_plain_python_computation(engine: AsyncEngine, case: Case) -> None:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        organisations = await insert_case(session, case, await build.a_person(session))
        lookups = [RuleLookup(organisations[index].id, hours_after_start(hours)) for index, hours in case.lookups]

        rules = await effective_rules(session, lookups, KEYS)
        values_by_sql = [[await _value_by_sql(session, key, lookup) for key in KEYS] for lookup in lookups]

    expected = [
        {key: expected_value(case, index, hours_after_start(hours), key) for key in KEYS}
        for index, hours in case.lookups
    ]
    assert [{key: rule.value for key, rule in by_key.items()} for by_key in rules] == expected
    assert values_by_sql == [[values[key] for key in KEYS] for values in expected]


async def _value_by_sql(session: AsyncSession, key: RuleKey, lookup: RuleLookup) -> int | None:
    """The value of the SQL expression that other statements use."""
    source = "(SELECT CAST(:organisation_id AS uuid) AS organisation_id, CAST(:at AS timestamptz) AS at) AS lookup"
    statement = sa.text(f"SELECT {rule_value_sql(key, 'lookup.organisation_id', 'lookup.at')} FROM {source}")
    values = {"organisation_id": lookup.organisation_id, "at": lookup.at}
    return (await (await session.connection()).execute(statement, values)).scalar_one()


async def test_effective_rule_at_past_time_ignores_later_settings(world: World, session: AsyncSession) -> None:
    key, at = RuleKey.VISIT_RECORD_OPEN_DAYS, START + timedelta(hours=1)
    await world.set_rule(world.county_officer, world.county, 20)
    before = await effective_rule(session, key, world.town.id, at)

    rule_id = await _insert_rule(session, world, at + timedelta(hours=1), day_after_start(0))

    assert await effective_rule(session, key, world.town.id, at) == before
    assert (await effective_rule(session, key, world.town.id, at + timedelta(hours=2))).rule_id == rule_id


async def test_effective_rule_without_organisation_is_the_default(session: AsyncSession) -> None:
    key = RuleKey.VISIT_RECORD_OPEN_DAYS

    assert await effective_rule(session, key, None, START) == EffectiveRule(CATALOGUE[key].default, None)
    assert await rule_value(session, key, new_id(), START) == 10
    assert await effective_rules(session, [], [key]) == []


async def _insert_rule(session: AsyncSession, world: World, at: datetime, day: date) -> UUID:
    author = await build.a_person(session)
    row = LocalRule(
        id=new_id(),
        organisation_id=world.county.id,
        key=RuleKey.VISIT_RECORD_OPEN_DAYS.value,
        value=5,
        valid_from=day,
        source="文件",
        author_id=author.id,
        recorded_at=at,
        number=2,
        request_fingerprint=b"",
    )
    session.add(row)
    await session.flush()
    return row.id


@pytest.mark.parametrize("key", RuleKey)
def test_catalogue_default_is_within_its_limits(key: RuleKey) -> None:
    definition = CATALOGUE[key]

    assert definition.set_by
    assert definition.default is None or definition.at_least <= definition.default <= definition.at_most


@pytest.mark.parametrize("key", RuleKey)
def test_every_rule_key_is_read_by_some_module(key: RuleKey) -> None:
    readers = {
        source.path
        for source in sources("service")
        if f"RuleKey.{key.name}" in source.text and not source.path.startswith("service/identity/local_rules/")
    }

    assert readers, "no module reads this key: use it or remove it from the catalogue"
