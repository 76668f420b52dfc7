"""Rules of webhooks: addresses, events, retry schedule, pauses, disabling. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from pydantic import HttpUrl

from schemas.events import OUTWARD, EventName
from service.foundation.http import Subnets, may_reach
from service.outward.webhooks.errors import AddressNotAllowed, EventNotOutward, UrlNotHttps, UrlWithSignIn

MINUTE_S, HOUR_S = 60, 3_600
WAITS_S = (5, MINUTE_S, 5 * MINUTE_S, HOUR_S // 2, 2 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S, 24 * HOUR_S)
"""Seconds between attempts: ten attempts over about three days."""
MAX_ATTEMPTS = len(WAITS_S) + 1
JITTER = 0.2
"""Each wait varies by up to a fifth, so that a receiver is not flooded when it is back."""

FAILURES_BEFORE_PAUSE = 5
"""Circuit breaker: from this many consecutive failures on, each further failure pauses the endpoint."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, HOUR_S

SECRET_OVERLAP = timedelta(hours=24)
MAX_LIVE_SECRETS = 10
MAX_REPLAYED = 10_000

GONE = 410
SLOW_DOWN = frozenset({429, 503})


class Outcome(StrEnum):
    """The outcome of one attempt for its delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    SET_ASIDE = "set_aside"
    """All attempts failed while other deliveries succeeded: later events of the same subject wait, others continue."""
    GONE = "gone"
    """The receiver answered 410: the endpoint is disabled and the delivery stays queued."""
    EXHAUSTED = "exhausted"
    """All attempts failed and no other succeeded: the endpoint is disabled and the delivery stays queued."""


DISABLING = frozenset({Outcome.GONE, Outcome.EXHAUSTED})


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome; for `RETRY` also the time of the next attempt."""

    outcome: Outcome
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has responded so far. Until `paused_until` nothing is sent to it."""

    consecutive_failures: int
    last_success_at: datetime | None
    paused_until: datetime | None = None


def is_success(status: int | None) -> bool:
    """Whether the status is 2xx. A redirect is a failure; None means no response."""
    return status is not None and 200 <= status < 300


def decide_after_attempt(
    *,
    status: int | None,
    attempts: int,
    first_attempt_at: datetime,
    last_success_at: datetime | None,
    now: datetime,
    jitter: float,
    retry_after_s: float | None = None,
) -> Decision:
    """Decide on a delivery whose attempt number `attempts` ended with `status` (None: no response).

    `last_success_at` belongs to the endpoint, `jitter` is between -1 and 1, `retry_after_s` is from `Retry-After`.
    """
    if is_success(status):
        return Decision(Outcome.DELIVERED)
    if status == GONE:
        return Decision(Outcome.GONE)
    if attempts < MAX_ATTEMPTS:
        wait_s = max(WAITS_S[attempts - 1] * (1 + JITTER * jitter), retry_after_s or 0)
        return Decision(Outcome.RETRY, now + timedelta(seconds=wait_s))
    others_succeeded = last_success_at is not None and last_success_at >= first_attempt_at
    return Decision(Outcome.SET_ASIDE if others_succeeded else Outcome.EXHAUSTED)


def health_after(
    health: Health, *, status: int | None, now: datetime, jitter: float, retry_after_s: float | None = None
) -> Health:
    """The health after one more attempt: a success ends the pause, the fifth failure starts one."""
    if is_success(status):
        return Health(0, now)
    failures = health.consecutive_failures + 1
    pause_s = 0.0
    if failures >= FAILURES_BEFORE_PAUSE:
        # the exponent is bounded because the number of failures is not
        doubled_s = FIRST_PAUSE_S * 2 ** min(failures - FAILURES_BEFORE_PAUSE, 16)
        pause_s = min(doubled_s, LONGEST_PAUSE_S) * (1 + JITTER * jitter)
    if status in SLOW_DOWN:
        pause_s = max(pause_s, min(retry_after_s or 0, LONGEST_PAUSE_S))
    return Health(failures, health.last_success_at, now + timedelta(seconds=pause_s) if pause_s else None)


def check_url(url: HttpUrl, *, is_development: bool, allowed: Subnets) -> None:
    """Raises UrlWithSignIn, AddressNotAllowed or UrlNotHttps.

    Plain http is allowed in development and for addresses in an allowed subnet. Host names are checked at each call.
    """
    if url.username or url.password:
        raise UrlWithSignIn
    try:
        address = ip_address((url.host or "").strip("[]"))
    except ValueError:
        address = None
    if address and not may_reach(address, allowed):
        raise AddressNotAllowed(address=str(address))
    is_named_subnet = address is not None and any(address in subnet for subnet in allowed)
    if url.scheme != "https" and not (is_development or is_named_subnet):
        raise UrlNotHttps


def check_events(names: Iterable[EventName]) -> None:
    """Raises EventNotOutward, with the refused and the allowed names."""
    refused = sorted(set(names) - OUTWARD)
    if refused:
        raise EventNotOutward(refused=refused, outward=sorted(OUTWARD))
