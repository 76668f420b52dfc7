"""The cases and records of every domain, collected from `tests/<floor>/<word>/sweep_cases.py`."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from tests.conftest import ROOT
from tests.identity.access.sweep.case import Case

FILES = sorted((ROOT / "tests").glob("*/*/sweep_cases.py"))
MODULES = [import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in FILES]
CASES: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
CREATE_RECORDS: list[Callable[[AsyncSession, dict[str, Any]], Awaitable[dict[str, Any]]]] = [
    module.create_records for module in MODULES if hasattr(module, "create_records")
]
"""Each takes the records that one organisation has already, by word, and returns those of its domain."""
