"""The presence rules give the same result in Python and in SQL."""

from collections.abc import Mapping

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from routers.fieldwork.visits_cli import presence as presence_screen
from schemas.fieldwork.visits import Presence, PresenceReason
from service.fieldwork.visits.rules import RULES, Effect, Measure, judge_presence, presence_sql, reasons_sql
from service.foundation.settings import Settings

NO_RULE_APPLIES: Mapping[Measure, float | None] = {
    Measure.POSITIONS: 1,
    Measure.FENCES: 1,
    Measure.GAP_M: -50,
    Measure.OVERLAP_M: -10,
    Measure.POSITION_AGE_S: 0,
    Measure.CLOCK_SKEW_S: 0,
    Measure.SPEED_M_S: None,
    Measure.MOCKS: 0,
    Measure.SITE_CODES: None,
}
THRESHOLDS = sorted({rule.threshold for rule in RULES})
VALUES = st.one_of(
    st.none(),
    st.sampled_from([value for threshold in THRESHOLDS for value in (threshold - 1, threshold, threshold + 1)]),
    st.floats(-1000, 100_000, allow_nan=False),
)


@pytest.fixture(scope="module")
def connection(settings: Settings):
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@given(measured=st.fixed_dictionaries(dict.fromkeys(Measure, VALUES)))
@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_presence_in_sql_equals_presence_in_python(
    connection: psycopg.Connection, measured: dict[Measure, float | None]
) -> None:
    columns = ", ".join(f"%({measure})s::float8 AS {measure}" for measure in Measure)
    row = connection.execute(
        f"SELECT {presence_sql()}, {reasons_sql()} FROM (SELECT {columns}) AS measured", dict(measured)
    ).fetchone()

    presence, reasons = judge_presence(measured)

    assert row == (presence, [str(reason) for reason in reasons])


def test_presence_without_any_applicable_rule_is_verified() -> None:
    assert judge_presence(NO_RULE_APPLIES) == (Presence.VERIFIED, [])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.reason)
def test_each_rule_alone_has_its_own_effect(rule) -> None:
    measurements = NO_RULE_APPLIES | {rule.measure: rule.threshold + (1 if rule.operator == ">" else 0)}

    presence, reasons = judge_presence(measurements)

    assert reasons == [rule.reason]
    presences = {Effect.DOUBTFUL: "doubtful", Effect.UNVERIFIED: "unverified"}
    assert presence == presences.get(rule.effect, "verified")


def test_every_reason_except_the_acknowledgement_has_a_rule() -> None:
    without_rule = {PresenceReason.ACKNOWLEDGED_BY_PLACE}

    assert {rule.reason for rule in RULES} == set(PresenceReason) - without_rule


def test_site_code_outweighs_unverified_but_not_doubtful() -> None:
    lacking, _ = judge_presence(NO_RULE_APPLIES | {Measure.FENCES: 0, Measure.SITE_CODES: 1})
    against, _ = judge_presence(NO_RULE_APPLIES | {Measure.GAP_M: 5, Measure.OVERLAP_M: None, Measure.SITE_CODES: 1})

    assert (lacking, against) == (Presence.VERIFIED, Presence.DOUBTFUL)


def test_doubtful_rule_outweighs_an_unverified_rule() -> None:
    presence, reasons = judge_presence(
        NO_RULE_APPLIES | {Measure.GAP_M: 5, Measure.OVERLAP_M: None, Measure.CLOCK_SKEW_S: 9999}
    )

    assert presence is Presence.DOUBTFUL
    assert reasons == [PresenceReason.OUTSIDE_FENCE, PresenceReason.CLOCK_SKEW]


def test_simulated_position_alone_decides_nothing() -> None:
    assert judge_presence(NO_RULE_APPLIES | {Measure.MOCKS: 1}) == (Presence.VERIFIED, [PresenceReason.POSITION_MOCKED])


def test_presence_command_prints_all_rules_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    presence_screen()

    lines = capsys.readouterr().out.splitlines()
    assert all(any(line.startswith(rule.reason) and rule.effect in line for line in lines) for rule in RULES)
    assert sum("←" in line for line in lines) == len(RULES)
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 132
