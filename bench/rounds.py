"""Alternating rounds: every round runs each variant once, in shuffled order; what counts are medians of the rounds.

Other work on the machine then hits all variants alike, and a ratio within a round means something.
"""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One run of one variant."""

    per_s: float
    """Rows written a second."""
    p50_ms: float
    p99_ms: float
    pg_ms: float
    """Processor time of PostgreSQL for each row."""
    load_cores: float = 0.0
    """What the load generator itself used, in cores."""
    api_ms: float = 0.0
    """Processor time of the API process for each row."""


Rounds = Mapping[str, Sequence[Sample]]


def alternate(variants: Mapping[str, Callable[[], Sample]], rounds: int, settle: Callable[[], None]) -> Rounds:
    """Run them all, `rounds` times, after one run each to warm up; `settle` before each: none pays for another."""
    for run in variants.values():
        run()
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name in random.sample(sorted(variants), len(variants)):
            settle()
            samples[name].append(variants[name]())
    return samples


def ratio(rounds: Rounds, measure: Callable[[Sample], float], of: str, to: str) -> float:
    """The median over the rounds of one variant's measure to another's."""
    pairs = zip(rounds[of], rounds[to], strict=True)
    return statistics.median(measure(one) / measure(other) for one, other in pairs)


def median(rounds: Rounds, measure: Callable[[Sample], float], of: str) -> float:
    """The median over the rounds."""
    return statistics.median(measure(one) for one in rounds[of])
