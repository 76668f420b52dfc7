"""Small-cell suppression: no figure and no difference of two figures is about fewer than five leaders.

A unit's figure is the sum of the figures below it plus its remaining contact points, if those belong to at least five
leaders. If they belong to fewer, they are left out here and are added to the remaining contact points of the parent
unit. So the figure of a unit minus the figures below it describes no leader or at least five.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

MIN_LEADERS = 5
"""DESIGN §2.6."""


@dataclass(frozen=True)
class CountedContactPoint:
    """A current contact point, with whether its place had no recent visit."""

    leader_id: UUID
    place_id: UUID
    is_unvisited: bool


Path = tuple[str, ...]
"""Labels from the root to an organisation."""


def suppress_small_cells(
    points: Mapping[Path, Iterable[CountedContactPoint]],
) -> dict[Path, list[CountedContactPoint]]:
    """Map each path to the contact points, at it and below it, that its figure may include.

    `points` are the contact points of each organisation itself. The result also has the paths above them.
    """
    remaining: dict[Path, list[CountedContactPoint]] = defaultdict(list)
    counted: dict[Path, list[CountedContactPoint]] = defaultdict(list)
    for path, own_points in points.items():
        remaining[path] += own_points
    paths = {path[:length] for path in points for length in range(1, len(path) + 1)}
    for path in sorted(paths, key=len, reverse=True):
        if len({point.leader_id for point in remaining[path]}) >= MIN_LEADERS:
            counted[path] += remaining.pop(path)
        remaining[path[:-1]] += remaining.pop(path, [])
        counted[path[:-1]] += counted[path]
    return counted
