"""Fixtures of the import tests: a county with an administrator who imports files."""

from tests.build.county import county
from tests.build.imports import importing

__all__ = ["county", "importing"]
