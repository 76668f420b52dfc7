"""Jobs of imports. They load the modules that read files only when they run; the API needs none."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.foundation.manifest.handlers import JobTools


async def check_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Compare an uploaded file with the records."""
    from service.operations.imports import running

    await running.check_import(tools.engine, tools.clock, import_id)


async def apply_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Merge a confirmed diff, or continue an interrupted merge."""
    from service.operations.imports import running

    await running.apply_import(tools.engine, tools.clock, import_id)


async def erase_import(tools: JobTools, import_id: UUID, payload: Mapping[str, Any]) -> None:
    """Erase personal data in the rows of a discarded import."""
    from service.operations.imports import running

    await running.erase_import(tools.engine, import_id)
