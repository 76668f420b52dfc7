"""A county to work in."""

from tests.build.county import county

__all__ = ["county"]
