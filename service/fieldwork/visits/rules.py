"""What a check-in's evidence supports: one table, read by Python here and generated into the statement's CASE.

A presence is `doubtful` when something speaks against it, else `unverified` when something is lacking that nothing
makes up for, else `verified`. None of it has a consequence for the person (DESIGN §2.2, DOMAIN §4.5 rule 1).
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
    """What is measured about a check-in; NULL (None) where it cannot be, and then no rule on it applies."""

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
    Measure.POSITIONS: "how many positions came with it: 0 or 1",
    Measure.FENCES: "how many fences in force the place has",
    Measure.GAP_M: "metres from the nearest fence to the accuracy circle; above 0 the whole circle is outside",
    Measure.OVERLAP_M: "metres by which the circle sticks out of the fence it touches; unknown when it is outside",
    Measure.SPEED_M_S: "metres a second from the nearest kept position before, or to the nearest after, between the"
    " nearest points of both circles, over a minute at least; unknown without a kept one",
    Measure.POSITION_AGE_S: "seconds between the position and the moment of the check-in, either way",
    Measure.CLOCK_SKEW_S: "seconds between the phone's clock and ours when the request came, or by which its moment"
    " lies ahead of ours, whichever is more; unknown if the phone tells no clock and the moment has been",
    Measure.MOCKS: "1 when the phone says that the position was simulated",
    Measure.SITE_CODES: "1 when the code shown at the place at that moment came with it, 0 when another did",
}


class Effect(StrEnum):
    """What a rule does when it applies."""

    DOUBTFUL = "doubtful"
    VERIFIED = "verified"
    """Makes up for what is lacking, not for what speaks against it."""
    UNVERIFIED = "unverified"
    NOTE = "note"
    """Kept as a reason, decides nothing."""


@dataclass(frozen=True)
class Rule:
    """When `measure operator threshold` holds, the reason is listed and the effect applies."""

    reason: PresenceReason
    measure: Measure
    operator: Literal["=", ">"]
    threshold: float
    effect: Effect
    why: str
    source: str
    """Where the rule or its threshold comes from."""


NO_DUTY = "国办函〔2026〕12号 and the opinions of December 2023: no clocking in, no forced positions or tracks"
NO_COORDINATES = "统计用区划代码 has names and codes, no positions"
CIRCLE = "Android getAccuracy, iOS horizontalAccuracy: the radius of a 68 % circle; judged against every fence"
DOOR_TO_DOOR = "612 km/h: airliners cruise at 850; with both airports no domestic flight makes 600 (our reckoning)"
FIVE_MINUTES_ON_FOOT = "five minutes on foot are 400 m, wider than most fences"
FIVE_MINUTES = "Kerberos and its kin take timers within five minutes as agreeing"
RECEIVERS = "getodk/collect 4768, javarosa 593: survey receivers reach a phone as mock positions"
TEN_MINUTES = (
    "service/ground/places/site_codes.py: six digits, good for ten minutes, judged at the moment of the check-in"
)

R, M, E = PresenceReason, Measure, Effect
RULES: tuple[Rule, ...] = (
    Rule(R.POSITION_MISSING, M.POSITIONS, "=", 0, E.UNVERIFIED, "left out, as anybody may", NO_DUTY),
    Rule(R.PLACE_NOT_LOCATED, M.FENCES, "=", 0, E.UNVERIFIED, "the place has no fence", NO_COORDINATES),
    Rule(R.OUTSIDE_FENCE, M.GAP_M, ">", 0, E.DOUBTFUL, "no part of the circle is inside", CIRCLE),
    Rule(R.FENCE_EDGE, M.OVERLAP_M, ">", 0, E.UNVERIFIED, "only part of the circle is inside", CIRCLE),
    Rule(R.SPEED_IMPOSSIBLE, M.SPEED_M_S, ">", 170, E.DOUBTFUL, "one of the two positions is wrong", DOOR_TO_DOOR),
    Rule(R.POSITION_STALE, M.POSITION_AGE_S, ">", 300, E.UNVERIFIED, "tells of another time", FIVE_MINUTES_ON_FOOT),
    Rule(R.CLOCK_SKEW, M.CLOCK_SKEW_S, ">", 300, E.UNVERIFIED, "the phone's times are unsure", FIVE_MINUTES),
    Rule(R.POSITION_MOCKED, M.MOCKS, "=", 1, E.NOTE, "external receivers look like mocks", RECEIVERS),
    Rule(R.SITE_CODE_MATCHED, M.SITE_CODES, "=", 1, E.VERIFIED, "it is read off at the place", TEN_MINUTES),
    Rule(R.SITE_CODE_WRONG, M.SITE_CODES, "=", 0, E.NOTE, "mistyped, or of another hour", TEN_MINUTES),
)

Measurements = Mapping[Measure, float | None]


def applies(rule: Rule, measured: Measurements) -> bool:
    """Whether the rule's condition holds; never for something that could not be measured."""
    value = measured[rule.measure]
    if value is None:
        return False
    return value == rule.threshold if rule.operator == "=" else value > rule.threshold


def judge(measured: Measurements) -> tuple[Presence, list[PresenceReason]]:
    """What the evidence supports, and why, in the order of the table."""
    applying = [rule for rule in RULES if applies(rule, measured)]
    effects = {rule.effect for rule in applying}
    if Effect.DOUBTFUL in effects:
        presence = Presence.DOUBTFUL
    elif Effect.UNVERIFIED in effects and Effect.VERIFIED not in effects:
        presence = Presence.UNVERIFIED
    else:
        presence = Presence.VERIFIED
    return presence, [rule.reason for rule in applying]


def presence_sql() -> str:
    """The same judgement as an SQL CASE over columns named like the measures."""
    order = (Effect.DOUBTFUL, Effect.VERIFIED, Effect.UNVERIFIED)
    return f"CASE {' '.join(_when(effect) for effect in order)} ELSE 'verified' END"


def reasons_sql() -> str:
    """The same reasons as an SQL array, in the order of the table."""
    cases = ", ".join(f"CASE WHEN {_condition(rule)} THEN '{rule.reason}' END" for rule in RULES)
    return f"array_remove(ARRAY[{cases}]::text[], NULL)"


def _when(effect: Effect) -> str:
    return f"WHEN {' OR '.join(_condition(rule) for rule in RULES if rule.effect is effect)} THEN '{effect}'"


def _condition(rule: Rule) -> str:
    return f"{rule.measure} {rule.operator} {rule.threshold:g}"


CLOCK_TOLERANCE = timedelta(minutes=10)


def is_in_future(moment: datetime, now: datetime) -> bool:
    """Whether it has not been yet, a slip of timers aside: then the clock that told it is wrong, and ours counts."""
    return moment > now + CLOCK_TOLERANCE


def check_out(
    state: VisitState, checked_in_at: datetime, known_end: datetime | None, asked_end: datetime, now: datetime
) -> datetime | None:
    """When leaving at `asked_end` ends the visit; None when it repeats what is known.

    One that was forgotten learns its end. Raises VisitAlreadyEnded for another end, CheckOutBeforeCheckIn for one
    before the arrival.
    """
    if state is VisitState.ENDED and known_end is not None:
        if known_end == asked_end or is_in_future(asked_end, now):
            return None
        raise VisitAlreadyEnded(checked_out_at=known_end)
    ends_at = max(now, checked_in_at) if is_in_future(asked_end, now) else asked_end
    if ends_at < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at)
    return ends_at


def require_open_record(state: VisitState, ended_at: datetime, open_days: int, now: datetime) -> None:
    """For so many days after its end a record is completed freely; later a correction is requested.

    `ended_at`: of a forgotten visit, its check-in. Raises RecordClosed.
    """
    if state is VisitState.ENDED and now > ended_at + timedelta(days=open_days):
        raise RecordClosed(days=open_days)


def require_time_to_decline(notified_at: datetime, within_days: int, now: datetime) -> None:
    """Raises TooLateToDecline."""
    if now > notified_at + timedelta(days=within_days):
        raise TooLateToDecline(days=within_days)


def require_past_visit(checked_in_at: datetime, checked_out_at: datetime, now: datetime) -> None:
    """For a visit written down afterwards. Raises CheckOutBeforeCheckIn, CheckOutInFuture."""
    if checked_out_at < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at)
    if is_in_future(checked_out_at, now):
        raise CheckOutInFuture(checked_out_at=checked_out_at)
