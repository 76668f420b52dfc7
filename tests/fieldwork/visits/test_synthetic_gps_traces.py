"""Synthetic GPS traces with noise, gaps and reflections, replayed as check-ins.

The person consented to store positions. `traces.csv` has correlated noise of 4–12 m, a first fix from the cell
network, a tunnel without fixes and large circles after it, reflections off houses with correct circles, and two fixes
that are 1 km wrong but claim 15 m. Positions are metres east and north of the centre of the place; `truly_north_m` is
the real position of the phone.
"""

import csv
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.fieldwork.visits.tables import VisitPosition
from tests import build
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World
from tests.fieldwork.visits.gps_check_in import check_in_from

FENCE_M = 200
WITH_TRACES = Path(__file__).with_name("traces.csv")


@dataclass
class Fix:
    """One fix of a trace with its presence."""

    trace: str
    second: int
    truly_north_m: float
    off_m: float
    accuracy_m: float
    presence: str
    reasons: list[str]

    @property
    def claims_too_much(self) -> bool:
        return self.off_m > 10 * self.accuracy_m


@pytest.fixture
async def replayed(world: World, session: AsyncSession, clock: FakeClock) -> list[Fix]:
    await build.a_consent(session, world.cadre)
    await session.commit()
    rows = list(csv.DictReader(WITH_TRACES.read_text().splitlines()))
    hours = {name: number for number, name in enumerate(dict.fromkeys(row["trace"] for row in rows))}
    return [await _replay(world, clock, row, hours[row["trace"]]) for row in rows]


async def _replay(world: World, clock: FakeClock, row: dict[str, Any], after_h: int) -> Fix:
    east_m, north_m, true_m = float(row["east_m"]), float(row["north_m"]), float(row["truly_north_m"])
    at, accuracy_m = clock() + timedelta(days=-1, hours=after_h, seconds=int(row["second"])), float(row["accuracy_m"])
    visit = await check_in_from(world, at, (east_m, north_m), accuracy_m)
    off_m = ((north_m - true_m) ** 2 + east_m**2) ** 0.5
    return Fix(
        row["trace"],
        int(row["second"]),
        true_m,
        off_m,
        accuracy_m,
        visit["presence"],
        visit["presence_reasons"],
    )


async def test_presence_of_traces_with_noise_gaps_and_reflections(
    replayed: list[Fix], world: World, session: AsyncSession
) -> None:
    well_inside = [fix for fix in replayed if abs(fix.truly_north_m) < FENCE_M - 60]
    far_outside = [fix for fix in replayed if abs(fix.truly_north_m) > FENCE_M + 100]
    wrong_fixes = [fix for fix in replayed if fix.claims_too_much]

    assert len(wrong_fixes) == 2
    assert {(fix.presence, *fix.reasons) for fix in wrong_fixes} == {("doubtful", "outside_fence")}
    assert [fix for fix in well_inside if fix.presence == "doubtful" and not fix.claims_too_much] == []
    assert [fix for fix in far_outside if fix.presence == "verified"] == []
    assert [fix for fix in replayed if "speed_impossible" in fix.reasons] == []
    assert await build.count(session, VisitPosition, person_id=world.cadre.id) == len(replayed)
    verified = [fix.presence for fix in well_inside if fix.accuracy_m < 40].count("verified")
    assert verified >= 40
