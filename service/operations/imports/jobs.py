"""What the worker does about imports. The modules that read files are loaded when a job runs: the API needs none."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.foundation.manifest.handlers import JobTools


async def check_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Compare a file that was uploaded."""
    from service.operations.imports import running

    await running.check(tools.engine, tools.clock, import_id)


async def apply_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Merge a diff that was confirmed; one that was cut off goes on first."""
    from service.operations.imports import running

    await running.apply(tools.engine, tools.clock, import_id)


async def empty_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Take what is personal out of the rows of an import that was given up."""
    from service.operations.imports import running

    await running.empty(tools.engine, import_id)
