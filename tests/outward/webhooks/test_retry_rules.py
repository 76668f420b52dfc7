"""When a delivery is tried again, when a lane rests, when an endpoint is disabled."""

from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import HttpUrl

from schemas.events import OUTWARD, EventName
from service.outward.webhooks import rules
from service.outward.webhooks.errors import AddressNotAllowed, EventNotOutward, UrlNotHttps, UrlWithSignIn
from service.outward.webhooks.rules import Decision, Health, Outcome
from tests.conftest import START

JITTERS = st.floats(-1, 1)
FAILURES = st.one_of(st.none(), st.integers(100, 199), st.integers(300, 599).filter(lambda status: status != 410))


def decided(status: int | None, attempts: int = 1, last_success_at: datetime | None = None, **said: float) -> Decision:
    return rules.decide_after_attempt(
        **{
            "status": status,
            "attempts": attempts,
            "first_attempt_at": START,
            "last_success_at": last_success_at,
            "now": START,
            "jitter": 0.0,
        }
        | said
    )


@given(status=st.integers(200, 299), attempts=st.integers(1, 20))
def test_any_2xx_is_success_at_any_try(status: int, attempts: int) -> None:
    assert decided(status, attempts) == Decision(Outcome.DELIVERED)


@given(status=FAILURES, attempts=st.integers(1, rules.MAX_ATTEMPTS - 1), jitter=JITTERS)
def test_everything_else_is_tried_again_after_its_wait_give_or_take_a_fifth(
    status: int | None, attempts: int, jitter: float
) -> None:
    decision = decided(status, attempts, jitter=jitter)

    assert decision.outcome is Outcome.RETRY
    assert decision.next_attempt_at is not None
    wait_s = (decision.next_attempt_at - START).total_seconds()
    assert 0.8 * rules.WAITS_S[attempts - 1] <= wait_s + 1e-6
    assert wait_s <= 1.2 * rules.WAITS_S[attempts - 1] + 1e-6


@given(status=FAILURES, attempts=st.integers(rules.MAX_ATTEMPTS, rules.MAX_ATTEMPTS + 5), passed_s=st.integers(-9, 9))
def test_the_last_try_sets_aside_only_what_others_passed(status: int | None, attempts: int, passed_s: int) -> None:
    decision = decided(status, attempts, START + timedelta(seconds=passed_s))

    assert decision.outcome is (Outcome.SET_ASIDE if passed_s >= 0 else Outcome.EXHAUSTED)


def test_ten_tries_take_about_three_days() -> None:
    assert rules.MAX_ATTEMPTS == 10
    assert timedelta(days=2.5) < timedelta(seconds=sum(rules.WAITS_S)) < timedelta(days=3.5)


def test_gone_means_gone_at_the_first_try() -> None:
    assert decided(410).outcome is Outcome.GONE


def test_a_receiver_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() -> None:
    assert decided(429, retry_after_s=100).next_attempt_at == START + timedelta(seconds=100)
    assert decided(429, retry_after_s=1).next_attempt_at == START + timedelta(seconds=5)


@given(failures=st.integers(0, 10_000), status=FAILURES, jitter=JITTERS)
def test_a_lane_rests_from_the_fifth_failure_in_a_row_and_never_much_longer_than_an_hour(
    failures: int, status: int | None, jitter: float
) -> None:
    health = rules.health_after(Health(failures, None), status=status, now=START, jitter=jitter)

    assert health.consecutive_failures == failures + 1
    assert (health.paused_until is not None) is (failures + 1 >= 5)
    if health.paused_until:
        assert timedelta(seconds=24 - 1e-6) <= health.paused_until - START <= timedelta(minutes=72)


@given(failures=st.integers(0, 10_000), status=st.integers(200, 299))
def test_one_success_closes_the_breaker(failures: int, status: int) -> None:
    assert rules.health_after(Health(failures, None), status=status, now=START, jitter=0) == Health(0, START)


def test_a_lane_that_is_asked_to_slow_down_rests_at_once() -> None:
    health = rules.health_after(Health(0, None), status=429, now=START, jitter=0, retry_after_s=90)

    assert health.paused_until == START + timedelta(seconds=90)


INTRANET = (ip_network("10.20.0.0/16"),)


@pytest.mark.parametrize("url", ["https://example.cn/hook", "http://10.20.3.4/hook", "https://10.20.3.4:8443/"])
def test_an_address_may_be_public_https_or_inside_an_allowed_subnet(url: str) -> None:
    rules.check_url(HttpUrl(url), is_development=False, allowed=INTRANET)


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("http://example.cn/hook", UrlNotHttps),
        ("http://8.8.8.8/hook", UrlNotHttps),
        ("https://10.21.3.4/hook", AddressNotAllowed),
        ("https://127.1/hook", AddressNotAllowed),
        ("https://[::ffff:10.20.3.4]/hook", AddressNotAllowed),
        ("https://169.254.169.254/latest", AddressNotAllowed),
        ("https://someone:secret@example.cn/", UrlWithSignIn),
        ("https://someone@10.20.3.4/", UrlWithSignIn),
    ],
)
def test_an_address_is_refused_for_a_reason(url: str, failure: type[Exception]) -> None:
    with pytest.raises(failure):
        rules.check_url(HttpUrl(url), is_development=False, allowed=INTRANET)


def test_plain_http_is_for_development() -> None:
    rules.check_url(HttpUrl("http://example.cn/hook"), is_development=True, allowed=())


def test_only_outward_events_are_subscribed_to_and_the_refusal_names_them() -> None:
    rules.check_events(OUTWARD)

    with pytest.raises(EventNotOutward) as refusal:
        rules.check_events([EventName.VISIT_CHECKED_OUT, EventName.VISIT_CHECKED_IN])

    assert refusal.value.facts == {"refused": ["visit.checked_in"], "outward": sorted(OUTWARD)}
    assert "visit.checked_in" in refusal.value.sentence("en")
