"""Alternating rounds: each round runs every variant once in random order; the result is the median.

So other load on the machine affects all variants equally, and ratios within a round are comparable.
"""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One run of one variant."""

    per_s: float
    """Rows written per second."""
    p50_ms: float
    p99_ms: float
    pg_ms: float
    """CPU time of PostgreSQL per row."""
    load_cores: float = 0.0
    """CPU use of the load generator, in cores."""
    api_ms: float = 0.0
    """CPU time of the API process per row."""


Rounds = Mapping[str, Sequence[Sample]]


def alternate(variants: Mapping[str, Callable[[], Sample]], rounds: int, before_each: Callable[[], None]) -> Rounds:
    """Run all variants `rounds` times after one warm-up run each. `before_each` runs before each of them."""
    for run in variants.values():
        run()
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name in random.sample(sorted(variants), len(variants)):
            before_each()
            samples[name].append(variants[name]())
    return samples


def ratio(rounds: Rounds, measure: Callable[[Sample], float], of: str, to: str) -> float:
    """Return the median over the rounds of the ratio between two variants."""
    pairs = zip(rounds[of], rounds[to], strict=True)
    return statistics.median(measure(first) / measure(second) for first, second in pairs)


def median(rounds: Rounds, measure: Callable[[Sample], float], of: str) -> float:
    """Return the median over the rounds."""
    return statistics.median(measure(sample) for sample in rounds[of])
