"""Imports of files: open one, upload its file, read the diff, confirm it."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, AuditedReadSession, IfMatch, ReadSession, WriteSession, set_created, set_etag
from routers.errors import language
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.operations.imports import (
    ImportConfirm,
    ImportCreate,
    ImportOut,
    ImportQuery,
    ImportRowOut,
    ImportRowQuery,
)
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.operations.imports import actions, queries
from service.operations.imports.results import build_results_csv
from service.operations.imports.tables import Import

router = APIRouter(prefix="/v1/imports", tags=["imports"])

Reader = Annotated[Actor, Requires(Permission.IMPORT_READ)]
Writer = Annotated[Actor, Requires(Permission.IMPORT_WRITE)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "The import exists already."}}


@dataclass(frozen=True)
class Renderer:
    """Builds responses with the settings of this deployment, in the language of the caller."""

    settings: Settings
    language: str

    async def render(self, session: AsyncSession, row: Import) -> ImportOut:
        return (await queries.build_imports_out(session, [row], self.settings, self.language))[0]


async def _renderer(app_state: AppState, request: Request) -> Renderer:
    return Renderer(app_state.settings, language(request))


Rendering = Annotated[Renderer, Depends(_renderer)]
BYTES = {"schema": {"type": "string", "format": "binary"}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file. The format is detected from the content.",
        "content": {"text/csv": BYTES, XLSX: BYTES, "application/octet-stream": BYTES},
    }
}
CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": "CSV in UTF-8 with a byte order mark.", "content": {"text/csv": BYTES}}
}


@router.put("/{import_id}", status_code=201, responses=REPEATED)
async def open_import(
    import_id: UUID,
    request: ImportCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    renderer: Rendering,
    response: Response,
) -> ImportOut:
    """Open an import for an organisation; then upload the file."""
    row, is_new = await actions.open_import(
        session, actor, import_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return await renderer.render(session, row)


@router.put("/{import_id}/file", openapi_extra=FILE)
async def upload_import_file(
    import_id: UUID, actor: Writer, session: WriteSession, renderer: Rendering, request: Request, response: Response
) -> ImportOut:
    """Upload the file (CSV or XLSX). A worker reads it and builds the diff; no record changes yet."""
    content = await request.body()
    row = await actions.upload(session, actor, import_id, content, renderer.settings.import_file_bytes)
    set_etag(response, row.version)
    return await renderer.render(session, row)


@router.put("/{import_id}/confirmation", response_model=ImportOut)
async def confirm_import(
    import_id: UUID,
    request: ImportConfirm,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    renderer: Rendering,
    response: Response,
) -> ImportOut:
    """Confirm the diff with this ETag. If records have changed since, a new diff must be confirmed."""
    row = await actions.confirm(session, actor, import_id, request, expected_version, renderer.settings)
    set_etag(response, row.version)
    return await renderer.render(session, row)


@router.delete("/{import_id}")
async def discard_import(
    import_id: UUID, actor: Writer, session: WriteSession, renderer: Rendering, response: Response
) -> ImportOut:
    """Discard an import that is not confirmed; its file and the personal data in its rows are deleted."""
    row = await actions.discard(session, actor, import_id, actor.at)
    set_etag(response, row.version)
    return await renderer.render(session, row)


@router.get("")
async def list_imports(
    actor: Reader,
    query: Annotated[ImportQuery, Query()],
    session: ReadSession,
    renderer: Rendering,
) -> Page[ImportOut]:
    """Imports for organisations in your reach, newest first."""
    page = await queries.list_imports(session, actor, query)
    items = await queries.build_imports_out(session, page.rows, renderer.settings, renderer.language)
    return Page(items=items, next_cursor=page.next_cursor)


@router.get("/{import_id}")
async def read_import(
    import_id: UUID, actor: Reader, session: ReadSession, renderer: Rendering, response: Response
) -> ImportOut:
    """One import with its state and counts."""
    row = await queries.get_import(session, actor, import_id)
    set_etag(response, row.version)
    return await renderer.render(session, row)


@router.get("/{import_id}/rows")
async def list_import_rows(
    import_id: UUID,
    actor: Reader,
    query: Annotated[ImportRowQuery, Query()],
    audited: AuditedReadSession,
    renderer: Rendering,
) -> Page[ImportRowOut]:
    """The rows of the diff in the order of the file. The read is recorded in the access log."""
    await queries.get_import(audited.session, actor, import_id)
    await audited.log("import.rows_read", actor, import_id)
    page = await queries.list_rows(audited.session, import_id, query)
    items = [queries.build_row_out(row, renderer.language) for row in page.rows]
    return Page(items=items, next_cursor=page.next_cursor)


@router.get("/{import_id}/results.csv", response_class=Response, responses=CSV)
async def download_import_results(
    import_id: UUID, actor: Reader, audited: AuditedReadSession, renderer: Rendering
) -> Response:
    """All rows as one CSV for a spreadsheet. The read is recorded in the access log."""
    row = await queries.get_import(audited.session, actor, import_id)
    rows = await queries.read_all_rows(audited.session, import_id)
    await audited.log("import.rows_read", actor, import_id)
    text = await asyncio.to_thread(build_results_csv, row.kind, rows, renderer.language)
    name = {"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=name)
