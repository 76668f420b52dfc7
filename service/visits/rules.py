"""What a check-in's evidence supports: one table, read by Python here and generated into the statement's CASE.

A presence is `doubtful` when something speaks against it, else `unverified` when something is lacking that nothing
makes up for, else `verified`. None of it has a consequence for the person (DESIGN §2.2, DOMAIN §4.5 rule 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from schemas.visits import Presence, PresenceReason, VisitState
from service.visits.errors import CheckOutBeforeCheckIn, NotYet, RecordClosed, VisitAlreadyEnded


class Measure(StrEnum):
    """What is measured about a check-in; NULL (None) where it cannot be, and then no rule on it applies."""

    POSITIONS = "positions"
    """How many positions came with it: 0 or 1."""
    FENCES = "fences"
    """How many fences in force the place has."""
    GAP_M = "gap_m"
    """Metres from the nearest fence to the nearest point of the accuracy circle; above 0 it lies outside."""
    OVERLAP_M = "overlap_m"
    """Metres by which the accuracy circle sticks out of the fence it touches; NULL when it lies outside."""
    POSITION_AGE_S = "position_age_s"
    """Seconds between the position and the moment of the check-in, either way."""
    CLOCK_SKEW_S = "clock_skew_s"
    """Seconds between the phone's clock and ours when the request came, either way; NULL if not told."""
    MOCKS = "mocks"
    """1 when the phone says the position was simulated."""
    SITE_CODES = "site_codes"
    """1 when the code shown at the place at that moment came with it, 0 when another did; NULL without one."""


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


RULES: tuple[Rule, ...] = (
    Rule(PresenceReason.POSITION_MISSING, Measure.POSITIONS, "=", 0, Effect.UNVERIFIED, "left out, as anybody may"),
    Rule(PresenceReason.PLACE_NOT_LOCATED, Measure.FENCES, "=", 0, Effect.UNVERIFIED, "nobody publishes coordinates"),
    Rule(PresenceReason.OUTSIDE_FENCE, Measure.GAP_M, ">", 0, Effect.DOUBTFUL, "no part of the circle is inside"),
    Rule(PresenceReason.FENCE_EDGE, Measure.OVERLAP_M, ">", 0, Effect.UNVERIFIED, "only part of the circle is inside"),
    Rule(PresenceReason.POSITION_STALE, Measure.POSITION_AGE_S, ">", 300, Effect.UNVERIFIED, "tells of another time"),
    Rule(PresenceReason.CLOCK_SKEW, Measure.CLOCK_SKEW_S, ">", 300, Effect.UNVERIFIED, "the phone's times are unsure"),
    Rule(PresenceReason.POSITION_MOCKED, Measure.MOCKS, "=", 1, Effect.NOTE, "external receivers look like mocks"),
    Rule(PresenceReason.SITE_CODE_MATCHED, Measure.SITE_CODES, "=", 1, Effect.VERIFIED, "it is read off at the place"),
    Rule(PresenceReason.SITE_CODE_WRONG, Measure.SITE_CODES, "=", 0, Effect.NOTE, "mistyped, or of another hour"),
)

Measured = Mapping[Measure, float | None]


def applies(rule: Rule, measured: Measured) -> bool:
    """Whether the rule's condition holds; never for something that could not be measured."""
    value = measured[rule.measure]
    if value is None:
        return False
    return value == rule.threshold if rule.operator == "=" else value > rule.threshold


def judge(measured: Measured) -> tuple[Presence, list[PresenceReason]]:
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


def check_out(
    state: VisitState, checked_in_at: datetime, known_end: datetime | None, asked_end: datetime
) -> Literal["ends", "repeated"]:
    """Whether leaving at `asked_end` ends the visit or repeats what is known; one that was forgotten learns its end.

    Raises VisitAlreadyEnded for another end, CheckOutBeforeCheckIn for one before the arrival.
    """
    if state is VisitState.ENDED and known_end is not None:
        if known_end == asked_end:
            return "repeated"
        raise VisitAlreadyEnded(checked_out_at=known_end.isoformat())
    if asked_end < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at.isoformat())
    return "ends"


RECORD_OPEN = timedelta(days=10)
"""For so long after its end a record is completed freely; later a correction is requested."""
DECLINE_WITHIN = timedelta(days=10)
SLIP_OF_CLOCKS = timedelta(minutes=10)


def must_be_open_to_record(state: VisitState, ended_at: datetime, now: datetime) -> None:
    """`ended_at`: of a forgotten visit, its check-in. Raises RecordClosed."""
    if state is VisitState.ENDED and now > ended_at + RECORD_OPEN:
        raise RecordClosed(days=RECORD_OPEN.days)


def must_have_been(checked_in_at: datetime, checked_out_at: datetime, now: datetime) -> None:
    """For a visit written down afterwards. Raises CheckOutBeforeCheckIn, NotYet."""
    if checked_out_at < checked_in_at:
        raise CheckOutBeforeCheckIn(checked_in_at=checked_in_at.isoformat())
    if checked_out_at > now + SLIP_OF_CLOCKS:
        raise NotYet(checked_out_at=checked_out_at.isoformat())
