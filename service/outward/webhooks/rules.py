"""What may be subscribed to, when a delivery is tried again, and when a lane or an endpoint rests."""

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
"""How long after each failed try the next one comes: ten tries over about three days."""
TRIES = len(WAITS_S) + 1
JITTER = 0.2
"""Each wait is longer or shorter by up to a fifth, so that receivers are not stormed when they come back."""

BREAKER_AFTER = 5
"""So many failures in a row at one endpoint, and its lane pauses after each further one: one probe, then rest."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, HOUR_S

SECRET_OVERLAP = timedelta(hours=24)
SECRETS_AT_ONCE = 10
REPLAYED_AT_ONCE = 10_000

GONE = 410
SLOW_DOWN = frozenset({429, 503})


class Outcome(StrEnum):
    """What becomes of a delivery after one attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    SET_ASIDE = "set_aside"
    """It keeps failing while others pass: later events of its subject wait behind it, other subjects go on."""
    GONE = "gone"
    """The receiver said 410: the endpoint is disabled, the delivery waits."""
    EXHAUSTED = "exhausted"
    """All tries are used up and nothing else passed either: the endpoint is disabled, the delivery waits."""


DISABLING = frozenset({Outcome.GONE, Outcome.EXHAUSTED})


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, and for a retry the moment of the next attempt."""

    outcome: Outcome
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has been answering; `paused_until` rests its lane."""

    failures_in_a_row: int
    last_success_at: datetime | None
    paused_until: datetime | None = None


def is_success(status: int | None) -> bool:
    """Any 2xx; a redirect is none, and None stands for no answer at all."""
    return status is not None and 200 <= status < 300


def after_attempt(
    *,
    status: int | None,
    attempts: int,
    first_attempt_at: datetime,
    last_success_at: datetime | None,
    now: datetime,
    jitter: float,
    asked_wait_s: float | None = None,
) -> Decision:
    """What becomes of a delivery whose attempt number `attempts` ended with `status` (None: no answer).

    `last_success_at` is the endpoint's, `jitter` lies between -1 and 1, `asked_wait_s` is what the receiver asked for.
    """
    if is_success(status):
        return Decision(Outcome.DELIVERED)
    if status == GONE:
        return Decision(Outcome.GONE)
    if attempts < TRIES:
        wait_s = max(WAITS_S[attempts - 1] * (1 + JITTER * jitter), asked_wait_s or 0)
        return Decision(Outcome.RETRY, now + timedelta(seconds=wait_s))
    others_passed = last_success_at is not None and last_success_at >= first_attempt_at
    return Decision(Outcome.SET_ASIDE if others_passed else Outcome.EXHAUSTED)


def health_after(
    health: Health, *, status: int | None, now: datetime, jitter: float, asked_wait_s: float | None = None
) -> Health:
    """The endpoint's health after one more attempt: a success closes the breaker, the fifth failure opens it."""
    if is_success(status):
        return Health(0, now)
    failures = health.failures_in_a_row + 1
    pause_s = 0.0
    if failures >= BREAKER_AFTER:
        # the exponent is bounded, since failures are not
        doubled_s = FIRST_PAUSE_S * 2 ** min(failures - BREAKER_AFTER, 16)
        pause_s = min(doubled_s, LONGEST_PAUSE_S) * (1 + JITTER * jitter)
    if status in SLOW_DOWN:
        pause_s = max(pause_s, min(asked_wait_s or 0, LONGEST_PAUSE_S))
    return Health(failures, health.last_success_at, now + timedelta(seconds=pause_s) if pause_s else None)


def check_url(url: HttpUrl, *, is_development: bool, allowed: Subnets) -> None:
    """Raises UrlWithSignIn, AddressNotAllowed or UrlNotHttps.

    Plain http is for development and for addresses in an allowed subnet. Names are judged when they are called.
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
    """Raises EventNotOutward, naming those refused and those there are."""
    refused = sorted(set(names) - OUTWARD)
    if refused:
        raise EventNotOutward(refused=refused, outward=sorted(OUTWARD))
