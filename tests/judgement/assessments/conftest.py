"""Fixtures: a county with an assessment, and the worker."""

from tests.build.assessments import world
from tests.build.county import county
from tests.operations.worker.conftest import follow, jobs

__all__ = ["county", "follow", "jobs", "world"]
