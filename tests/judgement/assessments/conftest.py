"""Fixtures: a county with an assessment, and the worker."""

from tests.build.assessments import world
from tests.build.county import county
from tests.operations.worker.conftest import jobs, run_relay

__all__ = ["county", "jobs", "run_relay", "world"]
