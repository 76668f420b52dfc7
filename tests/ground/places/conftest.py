"""The county fixture for tests of places."""

from tests.build.county import county

__all__ = ["county"]
