"""What may be told of leaders taken together: no figure speaks of fewer than five, nor does the difference of two.

A unit's figure is the sum of what was told below it and of what remains, if that is of five leaders or more. What
remains of fewer goes up to the next unit, is looked at there with what remains of others, and is left out here. So
a unit minus those below it is nothing or five leaders, whoever asks, for whichever unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

AT_LEAST = 5
"""Leaders (DESIGN §2.6)."""


@dataclass(frozen=True)
class Kept:
    """A living contact point: whose, where, whether its place is without contact."""

    leader_id: UUID
    place_id: UUID
    is_unvisited: bool


Path = tuple[str, ...]
"""From the root to an organisation."""


def looked_at(points: Mapping[Path, Iterable[Kept]]) -> dict[Path, list[Kept]]:
    """Path → the contact points at and below it of which its figure may speak; of those above `points` as well."""
    rests: dict[Path, list[Kept]] = defaultdict(list)
    found: dict[Path, list[Kept]] = defaultdict(list)
    for path, some in points.items():
        rests[path] += some
    ways = {path[:length] for path in points for length in range(1, len(path) + 1)}
    for path in sorted(ways, key=len, reverse=True):
        if len({one.leader_id for one in rests[path]}) >= AT_LEAST:
            found[path] += rests.pop(path)
        rests[path[:-1]] += rests.pop(path, [])
        found[path[:-1]] += found[path]
    return found
