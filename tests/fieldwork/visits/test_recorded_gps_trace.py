"""A recorded GPS walk, moved to the place of the test and replayed as check-ins.

`trace_recorded.csv` was written by a hand-held receiver on 2010-08-05 at a lake (`cerknicko-jezero.gpx` of the test
files of gpxpy, Apache License 2.0): 66 fixes in 22 minutes with real noise, uneven intervals and gaps of up to three
minutes. It has no accuracy, so every fix has 8 m, which is typical under open sky.
"""

import csv
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import hypot
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from tests import build
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World
from tests.fieldwork.visits.gps_check_in import check_in_from

FENCE_M, ACCURACY_M = 200, 8
A_DAY = timedelta(days=1)
ROUNDING_M = 1
"""Difference between a plane and the ellipsoid over 300 m."""


@dataclass(frozen=True)
class Fix:
    second: int
    east_m: float
    north_m: float

    @property
    def beyond_m(self) -> float:
        """Metres to the fence edge, negative inside."""
        return hypot(self.east_m, self.north_m) - FENCE_M


with Path(__file__).with_name("trace_recorded.csv").open() as rows:
    WALK = [Fix(int(row["second"]), float(row["east_m"]), float(row["north_m"])) for row in csv.DictReader(rows)]


@pytest.fixture
async def consented(world: World, session: AsyncSession) -> None:
    """A consent, so that positions are stored and the speed between fixes is checked."""
    await build.a_consent(session, world.cadre)
    await session.commit()


def expected_presence(fix: Fix) -> tuple[str, list[str]]:
    if fix.beyond_m > ACCURACY_M:
        return "doubtful", ["outside_fence"]
    if fix.beyond_m > -ACCURACY_M:
        return "unverified", ["fence_edge"]
    return "verified", []


@pytest.mark.usefixtures("consented")
async def test_recorded_fix_gets_the_presence_of_its_distance(world: World, clock: FakeClock) -> None:
    clear_fixes = [fix for fix in WALK if abs(abs(fix.beyond_m) - ACCURACY_M) > ROUNDING_M]
    began = clock() - A_DAY

    visits = [
        await check_in_from(world, began + timedelta(seconds=fix.second), (fix.east_m, fix.north_m), ACCURACY_M)
        for fix in clear_fixes
    ]

    assert [(visit["presence"], visit["presence_reasons"]) for visit in visits] == [
        expected_presence(fix) for fix in clear_fixes
    ]
    assert {visit["presence"] for visit in visits} == {"verified", "unverified", "doubtful"}


@pytest.mark.usefixtures("consented")
async def test_recorded_fixes_sent_in_reverse_order_get_the_same_presence(world: World, clock: FakeClock) -> None:
    began, reversed_fixes = clock() - A_DAY, [fix for fix in WALK if fix.beyond_m < -ACCURACY_M - ROUNDING_M][::-1]

    for fix in reversed_fixes:
        visit = await check_in_from(world, began + timedelta(seconds=fix.second), (fix.east_m, fix.north_m), ACCURACY_M)
        assert (visit["presence"], visit["presence_reasons"]) == ("verified", [])


async def test_last_fix_before_a_gap_is_valid_for_five_minutes(world: World, clock: FakeClock) -> None:
    last, following = max(pairwise(WALK), key=lambda two: two[1].second - two[0].second)
    began = clock() - A_DAY
    captured_at = began + timedelta(seconds=last.second)

    within = await check_in_from(
        world, began + timedelta(seconds=following.second), (last.east_m, last.north_m), ACCURACY_M, captured_at
    )
    long_after = await check_in_from(
        world, captured_at + timedelta(seconds=301), (last.east_m, last.north_m), ACCURACY_M, captured_at
    )

    assert (within["presence"], within["presence_reasons"]) == ("verified", [])
    assert (long_after["presence"], long_after["presence_reasons"]) == ("unverified", ["position_stale"])
