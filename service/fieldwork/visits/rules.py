"""Presence rules of a check-in: one table, evaluated in Python and as a CASE in SQL.

A presence is `doubtful` if a doubtful rule applies; else `verified` if a verified rule applies; else `unverified` if
an unverified rule applies; else `verified`. It has no consequence for the person (DESIGN §2.2, DOMAIN §4.5 rule 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from schemas.fieldwork.visits import Presence, PresenceReason, VisitState
from service.fieldwork.visits.errors import (
    CheckOutBeforeCheckIn,
    CheckOutInFuture,
    RecordClosed,
    TooLateToDecline,
    VisitAlreadyEnded,
)


class Measure(StrEnum):
    """Measurements of a check-in.

    None (NULL) if a measurement is not possible; then no rule on it applies.
    """

    POSITIONS = "positions"
    FENCES = "fences"
    GAP_M = "gap_m"
    OVERLAP_M = "overlap_m"
    SPEED_M_S = "speed_m_s"
    POSITION_AGE_S = "position_age_s"
    CLOCK_SKEW_S = "clock_skew_s"
    MOCKS = "mocks"
    SITE_CODES = "site_codes"


MEASURE_DESCRIPTIONS: dict[Measure, str] = {
    Measure.POSITIONS: "number of positions sent with the check-in: 0 or 1",
    Measure.FENCES: "number of fences in force at the place",
    Measure.GAP_M: "metres between the nearest fence and the accuracy circle; above 0 the circle is outside",
    Measure.OVERLAP_M: "metres by which the circle extends beyond the fence it touches; unknown if it is outside",
    Measure.SPEED_M_S: "metres per second from the previous stored position, or to the next one, between the nearest"
    " points of both accuracy circles, over at least one minute; unknown without a stored position",
    Measure.POSITION_AGE_S: "seconds between the time of the position and the check-in time, as an absolute value",
    Measure.CLOCK_SKEW_S: "seconds by which the phone's clock differs from the server's, or by which the check-in time"
    " is in the future, whichever is more; unknown if the phone sent no clock and the time is not in the future",
    Measure.MOCKS: "1 if the phone reports that the position was simulated, else 0",
    Measure.SITE_CODES: "1 if the site code was valid at the check-in time, 0 if not; unknown without a code",
}


class Effect(StrEnum):
    """What a rule does when it applies."""

    DOUBTFUL = "doubtful"
    VERIFIED = "verified"
    """Outweighs `unverified`, not `doubtful`."""
    UNVERIFIED = "unverified"
    NOTE = "note"
    """Listed as a reason; decides nothing."""


@dataclass(frozen=True)
class PresenceRule:
    """If `measure operator threshold` is true, the reason is listed and the effect applies."""

    reason: PresenceReason
    measure: Measure
    operator: Literal["=", ">"]
    threshold: float
    effect: Effect
    why: str
    source: str
    """Source of the rule or of its threshold."""


NO_OBLIGATION = "国办函〔2026〕12号 and the opinions of December 2023: no forced check-ins, positions or tracks"
NO_COORDINATES = "统计用区划代码 has names and codes but no coordinates"
CIRCLE = "Android getAccuracy, iOS horizontalAccuracy: radius of a 68 % circle; compared with every fence in force"
FLIGHT_SPEED = "612 km/h: airliners cruise at 850; with airport times no trip reaches 600 (own estimate)"
WALKING_SPEED = "a person walks 400 m in five minutes, more than the width of most fences"
CLOCK_SKEW_LIMIT = "Kerberos and similar protocols accept clocks that differ by up to five minutes"
EXTERNAL_RECEIVERS = "getodk/collect 4768, javarosa 593: external receivers appear as mock positions"
SITE_CODE_TTL = "service/ground/places/site_codes.py: six digits, valid for ten minutes"

R, M, E = PresenceReason, Measure, Effect
RULES: tuple[PresenceRule, ...] = (
    PresenceRule(R.POSITION_MISSING, M.POSITIONS, "=", 0, E.UNVERIFIED, "positions are optional", NO_OBLIGATION),
    PresenceRule(R.PLACE_NOT_LOCATED, M.FENCES, "=", 0, E.UNVERIFIED, "the place has no fence", NO_COORDINATES),
    PresenceRule(R.OUTSIDE_FENCE, M.GAP_M, ">", 0, E.DOUBTFUL, "the whole circle is outside", CIRCLE),
    PresenceRule(R.FENCE_EDGE, M.OVERLAP_M, ">", 0, E.UNVERIFIED, "only part of the circle is inside", CIRCLE),
    PresenceRule(R.SPEED_IMPOSSIBLE, M.SPEED_M_S, ">", 170, E.DOUBTFUL, "one of two positions is wrong", FLIGHT_SPEED),
    PresenceRule(R.POSITION_STALE, M.POSITION_AGE_S, ">", 300, E.UNVERIFIED, "measured at another time", WALKING_SPEED),
    PresenceRule(R.CLOCK_SKEW, M.CLOCK_SKEW_S, ">", 300, E.UNVERIFIED, "the phone's clock is wrong", CLOCK_SKEW_LIMIT),
    PresenceRule(R.POSITION_MOCKED, M.MOCKS, "=", 1, E.NOTE, "external receivers cause it too", EXTERNAL_RECEIVERS),
    PresenceRule(
        R.SITE_CODE_MATCHED, M.SITE_CODES, "=", 1, E.VERIFIED, "the code is shown at the place", SITE_CODE_TTL
    ),
    PresenceRule(R.SITE_CODE_WRONG, M.SITE_CODES, "=", 0, E.NOTE, "mistyped or expired", SITE_CODE_TTL),
)

Measurements = Mapping[Measure, float | None]


def applies(rule: PresenceRule, measurements: Measurements) -> bool:
    """Whether the condition of the rule is true; False if the measurement is unknown."""
    value = measurements[rule.measure]
    if value is None:
        return False
    return value == rule.threshold if rule.operator == "=" else value > rule.threshold


def judge_presence(measurements: Measurements) -> tuple[Presence, list[PresenceReason]]:
    """Decide the presence and list its reasons in the order of `RULES`."""
    applicable = [rule for rule in RULES if applies(rule, measurements)]
    effects = {rule.effect for rule in applicable}
    if Effect.DOUBTFUL in effects:
        presence = Presence.DOUBTFUL
    elif Effect.UNVERIFIED in effects and Effect.VERIFIED not in effects:
        presence = Presence.UNVERIFIED
    else:
        presence = Presence.VERIFIED
    return presence, [rule.reason for rule in applicable]


def presence_sql() -> str:
    """SQL: the same decision as a CASE over columns named like the measures."""
    order = (Effect.DOUBTFUL, Effect.VERIFIED, Effect.UNVERIFIED)
    return f"CASE {' '.join(_when(effect) for effect in order)} ELSE 'verified' END"


def reasons_sql() -> str:
    """SQL: the same reasons as an array, in the order of `RULES`."""
    cases = ", ".join(f"CASE WHEN {_condition(rule)} THEN '{rule.reason}' END" for rule in RULES)
    return f"array_remove(ARRAY[{cases}]::text[], NULL)"


def _when(effect: Effect) -> str:
    return f"WHEN {' OR '.join(_condition(rule) for rule in RULES if rule.effect is effect)} THEN '{effect}'"


def _condition(rule: PresenceRule) -> str:
    return f"{rule.measure} {rule.operator} {rule.threshold:g}"


CLOCK_TOLERANCE = timedelta(minutes=10)


def is_in_future(time: datetime, now: datetime) -> bool:
    """Whether a time is in the future, with a tolerance; then the server's clock counts."""
    return time > now + CLOCK_TOLERANCE


def check_out(
    state: VisitState, checked_in_at: datetime, recorded_end: datetime | None, requested_end: datetime, now: datetime
) -> datetime | None:
    """Compute the end of a visit; None if the request repeats the recorded end.

    A visit that was closed automatically has no recorded end and takes the requested one. A requested end in the
    future becomes the server's time.
    Raises: VisitAlreadyEnded (another end is recorded), CheckOutBeforeCheckIn.
    """
    if state is VisitState.ENDED and recorded_end is not None:
        if recorded_end == requested_end or is_in_future(requested_end, now):
            return None
        raise VisitAlreadyEnded(checked_out_at=recorded_end)
    ends_at = max(now, checked_in_at) if is_in_future(requested_end, now) else requested_end
    if ends_at < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at)
    return ends_at


def require_open_record(state: VisitState, ended_at: datetime, open_days: int, now: datetime) -> None:
    """Check that the record may be changed without a correction: until `open_days` days after the end.

    `ended_at` is the check-in time for a visit that was closed automatically. Raises: RecordClosed.
    """
    if state is VisitState.ENDED and now > ended_at + timedelta(days=open_days):
        raise RecordClosed(days=open_days)


def require_time_to_decline(notified_at: datetime, within_days: int, now: datetime) -> None:
    """Check that a companion may still decline. Raises: TooLateToDecline."""
    if now > notified_at + timedelta(days=within_days):
        raise TooLateToDecline(days=within_days)


def require_past_visit(checked_in_at: datetime, checked_out_at: datetime, now: datetime) -> None:
    """Check the times of a late entry. Raises: CheckOutBeforeCheckIn, CheckOutInFuture."""
    if checked_out_at < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at)
    if is_in_future(checked_out_at, now):
        raise CheckOutInFuture(checked_out_at=checked_out_at)
