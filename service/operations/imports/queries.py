"""Read imports and their rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.imports import (
    ImportChange,
    ImportIssue,
    ImportOut,
    ImportQuery,
    ImportRowOut,
    ImportRowQuery,
    ImportState,
    RowOutcome,
)
from service.foundation.errors import CursorUnreadable
from service.foundation.paging import Slice, decode_code, filter_equal, page_newest_first, slice_page_by_code
from service.foundation.settings import Settings
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.operations.imports.errors import ImportNotFound
from service.operations.imports.issues import sentence
from service.operations.imports.rules import must_confirm_leavers
from service.operations.imports.tables import Import, ImportRow
from service.operations.imports.targets.target import MERGED

ROWS_PER_CHUNK = 2_000


async def get_import(session: AsyncSession, actor: Actor, import_id: UUID) -> Import:
    """Load an import in the actor's reach. Raises ImportNotFound."""
    in_reach = col(Import.organisation_id).in_(scope.reachable(actor))
    row = (await session.exec(select(Import).where(Import.id == import_id, in_reach))).first()
    if row is None:
        raise ImportNotFound(import_id=str(import_id))
    return row


async def list_imports(session: AsyncSession, actor: Actor, query: ImportQuery) -> Slice[Import]:
    """List imports in the actor's reach, newest first."""
    statement = select(Import).where(col(Import.organisation_id).in_(scope.reachable(actor)))
    statement = filter_equal(statement, Import, query, "kind")
    return await page_newest_first(session, statement, col(Import.requested_at), col(Import.id), query)


async def read_rows(
    session: AsyncSession, import_id: UUID, outcome: RowOutcome | None, after: int, limit: int
) -> Sequence[ImportRow]:
    """Read rows of a diff after a row number: lines in file order, then records not in the file."""
    statement = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number > after)
    if outcome:
        statement = statement.where(ImportRow.outcome == outcome)
    return (await session.exec(statement.order_by(col(ImportRow.number)).limit(limit))).all()


async def list_rows(session: AsyncSession, import_id: UUID, query: ImportRowQuery) -> Slice[ImportRow]:
    """List one page of the rows of a diff. Raises CursorUnreadable."""
    rows = await read_rows(session, import_id, query.outcome, parse_cursor(query.cursor), query.limit + 1)
    return slice_page_by_code(rows, query, lambda row: str(row.number))


def parse_cursor(cursor: str | None) -> int:
    """The number of the last row of the page before; 0 without a cursor. Raises CursorUnreadable."""
    code = decode_code(cursor)
    if code is None:
        return 0
    if not code.isdecimal() or len(code) > 9:
        raise CursorUnreadable
    return int(code)


async def read_all_rows(session: AsyncSession, import_id: UUID) -> list[ImportRow]:
    """Read all rows of an import in chunks."""
    rows: list[ImportRow] = []
    while chunk := await read_rows(session, import_id, None, rows[-1].number if rows else 0, ROWS_PER_CHUNK):
        rows += chunk
    return rows


async def affects_person(session: AsyncSession, import_id: UUID, person_id: UUID) -> bool:
    """Whether merging the diff would change anything about this person."""
    is_about_person = col(ImportRow.plan)["person_id"].astext == str(person_id)
    is_merged = col(ImportRow.outcome).in_(MERGED)
    statement = select(ImportRow.number).where(ImportRow.import_id == import_id, is_merged, is_about_person).limit(1)
    return await session.scalar(statement) is not None


async def build_imports_out(
    session: AsyncSession, rows: Sequence[Import], settings: Settings, language: str
) -> list[ImportOut]:
    """Build the response of imports; a confirmed one names the import that it waits for."""
    merging_id = await session.scalar(
        select(Import.id)
        .where(Import.state == ImportState.CONFIRMED, col(Import.merge_started_at).is_not(None))
        .limit(1)
    )
    return [_build_import_out(row, merging_id, settings, language) for row in rows]


def _build_import_out(row: Import, merging_id: UUID | None, settings: Settings, language: str) -> ImportOut:
    is_waiting = row.state is ImportState.CONFIRMED and merging_id != row.id
    percent = settings.import_leavers_percent
    return ImportOut.model_validate(
        {
            **row.model_dump(),
            "issues": build_issues_out(row.issues, language),
            "waits_for": merging_id if is_waiting else None,
            "must_confirm_leavers": must_confirm_leavers(row.leavers, row.covered, percent),
        }
    )


def build_row_out(row: ImportRow, language: str) -> ImportRowOut:
    """Build the response of a row."""
    changes = [ImportChange.model_validate(change) for change in row.changes]
    return ImportRowOut.model_validate(
        {
            **row.model_dump(exclude={"changes", "issues"}),
            "changes": changes,
            "issues": build_issues_out(row.issues, language),
        }
    )


def build_issues_out(stored: Sequence[dict[str, object]], language: str) -> list[ImportIssue]:
    """Build the response of stored issues, with their sentences."""
    return [ImportIssue.model_validate({**issue, "sentence": sentence(issue, language)}) for issue in stored]
