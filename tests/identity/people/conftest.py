"""Fixture: a county with one person for each role."""

from tests.build.county import county

__all__ = ["county"]
