"""Imports of files: opened, given their file, looked at, confirmed."""

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
from service.operations.imports.results import csv_of
from service.operations.imports.tables import Import

router = APIRouter(prefix="/v1/imports", tags=["imports"])

Reader = Annotated[Actor, Requires(Permission.IMPORT_READ)]
Writer = Annotated[Actor, Requires(Permission.IMPORT_WRITE)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@dataclass(frozen=True)
class Teller:
    """How an import is told: with this deployment's limits, in the caller's language."""

    settings: Settings
    language: str

    async def tell(self, session: AsyncSession, row: Import) -> ImportOut:
        return (await queries.shown(session, [row], self.settings, self.language))[0]


async def _teller(app_state: AppState, request: Request) -> Teller:
    return Teller(app_state.settings, language(request))


Telling = Annotated[Teller, Depends(_teller)]
BYTES = {"schema": {"type": "string", "format": "binary"}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE = {
    "requestBody": {
        "required": True,
        "description": "The file as it is. Which of the two it is, is seen by its content.",
        "content": {"text/csv": BYTES, XLSX: BYTES, "application/octet-stream": BYTES},
    }
}
CSV: dict[int | str, dict[str, Any]] = {200: {"description": "CSV, UTF-8 with a mark.", "content": {"text/csv": BYTES}}}


@router.put("/{import_id}", status_code=201, responses=AGAIN)
async def open_import(
    import_id: UUID,
    request: ImportCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    telling: Telling,
    response: Response,
) -> ImportOut:
    """Say what is going to be imported where and how; then send the file."""
    row, is_new = await actions.open_import(
        session, actor, import_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return await telling.tell(session, row)


@router.put("/{import_id}/file", openapi_extra=FILE)
async def upload_import_file(
    import_id: UUID, actor: Writer, session: WriteSession, telling: Telling, request: Request, response: Response
) -> ImportOut:
    """Send the file, CSV or XLSX, up to the deployment's limit. A worker reads and compares it; nothing changes yet."""
    content = await request.body()
    row = await actions.upload(session, actor, import_id, content, telling.settings.import_file_bytes)
    set_etag(response, row.version)
    return await telling.tell(session, row)


@router.put("/{import_id}/confirmation", response_model=ImportOut)
async def confirm_import(
    import_id: UUID,
    request: ImportConfirm,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    telling: Telling,
    response: Response,
) -> ImportOut:
    """Yes to exactly the diff that was read with this ETag. Where records have moved meanwhile, a new diff is shown."""
    row = await actions.confirm(session, actor, import_id, request, expected_version, telling.settings)
    set_etag(response, row.version)
    return await telling.tell(session, row)


@router.delete("/{import_id}")
async def discard_import(
    import_id: UUID, actor: Writer, session: WriteSession, telling: Telling, response: Response
) -> ImportOut:
    """Give an import up that is not confirmed; what was staged is removed."""
    row = await actions.discard(session, actor, import_id, actor.at)
    set_etag(response, row.version)
    return await telling.tell(session, row)


@router.get("")
async def list_imports(
    actor: Reader,
    query: Annotated[ImportQuery, Query()],
    session: ReadSession,
    telling: Telling,
) -> Page[ImportOut]:
    """Imports for organisations in your reach, newest first."""
    found = await queries.page(session, actor, query)
    items = await queries.shown(session, found.rows, telling.settings, telling.language)
    return Page(items=items, next_cursor=found.next_cursor)


@router.get("/{import_id}")
async def read_import(
    import_id: UUID, actor: Reader, session: ReadSession, telling: Telling, response: Response
) -> ImportOut:
    """One import: how far it is, and what it does or did."""
    row = await queries.one(session, actor, import_id)
    set_etag(response, row.version)
    return await telling.tell(session, row)


@router.get("/{import_id}/rows")
async def list_import_rows(
    import_id: UUID,
    actor: Reader,
    query: Annotated[ImportRowQuery, Query()],
    audited: AuditedReadSession,
    telling: Telling,
) -> Page[ImportRowOut]:
    """The diff row by row, in the order of the file. Written to the access log."""
    await queries.one(audited.session, actor, import_id)
    await audited.log("import.rows_read", actor, import_id)
    found = await queries.row_page(audited.session, import_id, query)
    items = [queries.row_shown(row, telling.language) for row in found.rows]
    return Page(items=items, next_cursor=found.next_cursor)


@router.get("/{import_id}/results.csv", response_class=Response, responses=CSV)
async def download_import_results(
    import_id: UUID, actor: Reader, audited: AuditedReadSession, telling: Telling
) -> Response:
    """The same as one CSV, for a spreadsheet. Written to the access log."""
    row = await queries.one(audited.session, actor, import_id)
    rows = await queries.all_rows(audited.session, import_id)
    await audited.log("import.rows_read", actor, import_id)
    text = await asyncio.to_thread(csv_of, row.kind, rows, telling.language)
    name = {"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=name)
