"""Fixtures of the privacy tests: worlds of problems, assessments and a county, and the purge."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.settings import Settings
from tests.build.assessments import world as assessed
from tests.build.county import county
from tests.conftest import FakeClock
from tests.operations.worker.steps import purge_all
from tests.solving.problems.conftest import world

__all__ = ["assessed", "county", "world"]
Purge = Callable[[], Awaitable[dict[str, int]]]


@pytest.fixture
def purge(engine: AsyncEngine, settings: Settings, clock: FakeClock) -> Purge:
    """Run the nightly purge at the time of the fake clock."""
    return lambda: purge_all(engine, settings, clock())
