"""The statement that resolves rules says what a plain reading of the rows says, for any tree and any days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.foundation.ids import new_id
from service.foundation.workdays import day_of
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.effective_rules import RuleLookup, Held, rule_value, rule_value_sql, in_force, one
from service.identity.local_rules.tables import LocalRule
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.architecture.source import sources
from tests.conftest import START
from tests.identity.local_rules.conftest import World, a_day

KEYS = [RuleKey.VISIT_RECORD_OPEN_DAYS, RuleKey.VISIT_DECLINE_WITHIN_DAYS]
HOURS = st.integers(0, 72)


@dataclass(frozen=True)
class Said:
    """A setting: whose (its place in the tree), what, from which day, recorded when (hours after the start)."""

    organisation: int
    key: RuleKey
    value: int | None
    recorded_h: int
    days_ahead: int


@dataclass(frozen=True)
class Case:
    """`parents[n]` is the parent of organisation n + 1; organisation 0 is the root."""

    parents: list[int]
    said: list[Said]
    asked: list[tuple[int, int]]
    """(organisation, hours after the start)."""


@st.composite
def worlds(draw: st.DrawFn) -> Case:
    parents = [draw(st.integers(max(0, n - 1), n)) for n in range(draw(st.integers(0, 5)))]
    node = st.integers(0, len(parents))
    said = st.builds(Said, node, st.sampled_from(KEYS), st.none() | st.integers(1, 90), HOURS, st.integers(0, 2))
    body = st.tuples(node, st.integers(24, 144))
    return Case(parents, draw(st.lists(said, min_size=2, max_size=12)), draw(st.lists(body, min_size=2, max_size=8)))


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def plainly(world: Case, organisation: int, at: datetime, key: RuleKey) -> int | None:
    """Up from the organisation: the last step of its own that had begun and was known, unless it is a withdrawal."""
    step: int | None = organisation
    while step is not None:
        known = [
            (day_of(moment(said.recorded_h)) + timedelta(days=said.days_ahead), number, said.value)
            for number, said in enumerate(world.said)
            if (said.organisation, said.key) == (step, key) and moment(said.recorded_h) <= at
        ]
        begun = [one for one in known if one[0] <= day_of(at)]
        if begun and (value := max(begun, key=lambda one: one[:2])[2]) is not None:
            return value
        step = world.parents[step - 1] if step else None
    return CATALOGUE[key].default


async def planted(session: AsyncSession, world: Case, author: Person) -> list[Organisation]:
    organisations = [await build.an_organisation(session)]
    for parent in world.parents:
        organisations.append(await build.an_organisation(session, under=organisations[parent]))
    for number, said in enumerate(world.said):
        at = moment(said.recorded_h)
        row = LocalRule(
            id=new_id(),
            organisation_id=organisations[said.organisation].id,
            key=said.key.value,
            value=said.value,
            valid_from=day_of(at) + timedelta(days=said.days_ahead),
            source="文件",
            author_id=author.id,
            recorded_at=at,
            number=number + 1,
            request_fingerprint=b"",
        )
        session.add(row)
    await session.flush()
    return organisations


@tuned(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
async def test_effective_rules_equal_a_plain_python_computation(engine: AsyncEngine, world: Case) -> None:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        organisations = await planted(session, world, await build.a_person(session))
        askings = [RuleLookup(organisations[which].id, moment(hours)) for which, hours in world.asked]

        found = await in_force(session, askings, KEYS)
        in_sql = [[await _by_sql(session, key, asking) for key in KEYS] for asking in askings]

    expected = [{key: plainly(world, which, moment(hours), key) for key in KEYS} for which, hours in world.asked]
    assert [{key: held.value for key, held in answer.items()} for answer in found] == expected
    assert in_sql == [[answer[key] for key in KEYS] for answer in expected]


async def _by_sql(session: AsyncSession, key: RuleKey, asking: RuleLookup) -> int | None:
    """What the expression for other statements says."""
    body = "(SELECT CAST(:organisation_id AS uuid) AS organisation_id, CAST(:at AS timestamptz) AS at) AS asked"
    statement = sa.text(f"SELECT {rule_value_sql(key, 'asked.organisation_id', 'asked.at')} FROM {body}")
    values = {"organisation_id": asking.organisation_id, "at": asking.at}
    return (await (await session.connection()).execute(statement, values)).scalar_one()


async def test_effective_rule_at_past_time_ignores_later_settings(world: World, session: AsyncSession) -> None:
    key, at = RuleKey.VISIT_RECORD_OPEN_DAYS, START + timedelta(hours=1)
    await world.set(world.chief, world.county, 20)
    before = await one(session, key, world.town.id, at)

    row = await _set_at(session, world, at + timedelta(hours=1), a_day(0))

    assert await one(session, key, world.town.id, at) == before
    assert (await one(session, key, world.town.id, at + timedelta(hours=2))).rule_id == row


async def test_effective_rule_without_organisation_is_the_default(session: AsyncSession) -> None:
    key = RuleKey.VISIT_RECORD_OPEN_DAYS

    assert await one(session, key, None, START) == Held(CATALOGUE[key].default, None)
    assert await rule_value(session, key, new_id(), START) == 10
    assert await in_force(session, [], [key]) == []


async def _set_at(session: AsyncSession, world: World, at: datetime, day: date) -> UUID:
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
    described = CATALOGUE[key]

    assert described.set_by
    assert described.default is None or described.at_least <= described.default <= described.at_most


@pytest.mark.parametrize("key", RuleKey)
def test_every_rule_key_is_read_by_some_module(key: RuleKey) -> None:
    readers = {
        source.path
        for source in sources("service")
        if f"RuleKey.{key.name}" in source.text and not source.path.startswith("service/identity/local_rules/")
    }

    assert readers, "a key that nothing reads promises what does not happen"
