"""A county whose administrator imports, and a worker that is stepped by hand."""

from tests.build.county import county
from tests.build.imports import importing

__all__ = ["county", "importing"]
