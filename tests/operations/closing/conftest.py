"""Fixtures of the tests of closing: a county."""

from tests.build.county import county

__all__ = ["county"]
