"""The county fixture."""

from tests.build.county import county

__all__ = ["county"]
