"""Retry schedule, pauses and disabling of endpoints; allowed URLs and events."""

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


def decide(
    status: int | None, attempts: int = 1, last_success_at: datetime | None = None, **changes: float
) -> Decision:
    return rules.decide_after_attempt(
        **{
            "status": status,
            "attempts": attempts,
            "first_attempt_at": START,
            "last_success_at": last_success_at,
            "now": START,
            "jitter": 0.0,
        }
        | changes
    )


@given(status=st.integers(200, 299), attempts=st.integers(1, 20))
def test_status_2xx_is_delivered_at_any_attempt(status: int, attempts: int) -> None:
    assert decide(status, attempts) == Decision(Outcome.DELIVERED)


@given(status=FAILURES, attempts=st.integers(1, rules.MAX_ATTEMPTS - 1), jitter=JITTERS)
def test_failure_is_retried_after_its_wait_with_jitter(status: int | None, attempts: int, jitter: float) -> None:
    decision = decide(status, attempts, jitter=jitter)

    assert decision.outcome is Outcome.RETRY
    assert decision.next_attempt_at is not None
    wait_s = (decision.next_attempt_at - START).total_seconds()
    assert 0.8 * rules.WAITS_S[attempts - 1] <= wait_s + 1e-6
    assert wait_s <= 1.2 * rules.WAITS_S[attempts - 1] + 1e-6


@given(status=FAILURES, attempts=st.integers(rules.MAX_ATTEMPTS, rules.MAX_ATTEMPTS + 5), success_s=st.integers(-9, 9))
def test_last_failed_attempt_sets_aside_only_if_others_succeeded(
    status: int | None, attempts: int, success_s: int
) -> None:
    decision = decide(status, attempts, START + timedelta(seconds=success_s))

    assert decision.outcome is (Outcome.SET_ASIDE if success_s >= 0 else Outcome.EXHAUSTED)


def test_ten_attempts_take_about_three_days() -> None:
    assert rules.MAX_ATTEMPTS == 10
    assert timedelta(days=2.5) < timedelta(seconds=sum(rules.WAITS_S)) < timedelta(days=3.5)


def test_status_410_is_gone_at_the_first_attempt() -> None:
    assert decide(410).outcome is Outcome.GONE


def test_retry_after_can_only_lengthen_the_wait() -> None:
    assert decide(429, retry_after_s=100).next_attempt_at == START + timedelta(seconds=100)
    assert decide(429, retry_after_s=1).next_attempt_at == START + timedelta(seconds=5)


@given(failures=st.integers(0, 10_000), status=FAILURES, jitter=JITTERS)
def test_endpoint_is_paused_from_the_fifth_failure_for_up_to_72_minutes(
    failures: int, status: int | None, jitter: float
) -> None:
    health = rules.health_after(Health(failures, None), status=status, now=START, jitter=jitter)

    assert health.consecutive_failures == failures + 1
    assert (health.paused_until is not None) is (failures + 1 >= 5)
    if health.paused_until:
        assert timedelta(seconds=24 - 1e-6) <= health.paused_until - START <= timedelta(minutes=72)


@given(failures=st.integers(0, 10_000), status=st.integers(200, 299))
def test_success_ends_the_pause(failures: int, status: int) -> None:
    assert rules.health_after(Health(failures, None), status=status, now=START, jitter=0) == Health(0, START)


def test_status_429_with_retry_after_pauses_at_once() -> None:
    health = rules.health_after(Health(0, None), status=429, now=START, jitter=0, retry_after_s=90)

    assert health.paused_until == START + timedelta(seconds=90)


INTRANET = (ip_network("10.20.0.0/16"),)


@pytest.mark.parametrize("url", ["https://example.cn/hook", "http://10.20.3.4/hook", "https://10.20.3.4:8443/"])
def test_check_url_accepts_public_https_and_allowed_subnets(url: str) -> None:
    rules.check_url(HttpUrl(url), is_development=False, allowed=INTRANET)


@pytest.mark.parametrize(
    ("url", "error"),
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
def test_check_url_refuses_with_the_fitting_error(url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rules.check_url(HttpUrl(url), is_development=False, allowed=INTRANET)


def test_check_url_accepts_plain_http_in_development() -> None:
    rules.check_url(HttpUrl("http://example.cn/hook"), is_development=True, allowed=())


def test_check_events_refuses_and_lists_events_that_are_not_outward() -> None:
    rules.check_events(OUTWARD)

    with pytest.raises(EventNotOutward) as refusal:
        rules.check_events([EventName.VISIT_CHECKED_OUT, EventName.VISIT_CHECKED_IN])

    assert refusal.value.facts == {"refused": ["visit.checked_in"], "outward": sorted(OUTWARD)}
    assert "visit.checked_in" in refusal.value.sentence("en")
