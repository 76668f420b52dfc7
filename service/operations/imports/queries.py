"""Reading imports and their rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.imports import (
    ImportChange,
    ImportFlaw,
    ImportKind,
    ImportOut,
    ImportRowOut,
    ImportState,
    RowOutcome,
)
from service.foundation.paging import PageQuery, Slice, newest_first
from service.foundation.settings import Settings
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.operations.imports.errors import ImportNotFound
from service.operations.imports.flaws import sentence
from service.operations.imports.rules import must_name_leavers
from service.operations.imports.tables import Import, ImportRow
from service.operations.imports.targets.kinds import DUE

ROWS_AT_ONCE = 2_000


async def one(session: AsyncSession, actor: Actor, import_id: UUID) -> Import:
    """An import for an organisation in reach. Raises ImportNotFound."""
    seen = col(Import.organisation_id).in_(scope.reachable(actor))
    found = (await session.exec(select(Import).where(Import.id == import_id, seen))).first()
    if found is None:
        raise ImportNotFound(import_id=str(import_id))
    return found


async def page(session: AsyncSession, actor: Actor, page_query: PageQuery, kind: ImportKind | None) -> Slice[Import]:
    """Imports for organisations in reach, newest first."""
    statement = select(Import).where(col(Import.organisation_id).in_(scope.reachable(actor)))
    if kind:
        statement = statement.where(Import.kind == kind)
    return await newest_first(session, statement, col(Import.asked_at), col(Import.id), page_query)


async def rows(
    session: AsyncSession, import_id: UUID, outcome: RowOutcome | None, after: int, limit: int
) -> Sequence[ImportRow]:
    """The rows of a diff behind a number: the lines of the file in their order, then what is not in it."""
    statement = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number > after)
    if outcome:
        statement = statement.where(ImportRow.outcome == outcome)
    return (await session.exec(statement.order_by(col(ImportRow.number)).limit(limit))).all()


async def all_rows(session: AsyncSession, import_id: UUID) -> list[ImportRow]:
    """Every row, read a few thousand at a time."""
    found: list[ImportRow] = []
    while some := await rows(session, import_id, None, found[-1].number if found else 0, ROWS_AT_ONCE):
        found += some
    return found


async def concerns(session: AsyncSession, import_id: UUID, person_id: UUID) -> bool:
    """Whether merging the diff would do anything to this person."""
    whose = col(ImportRow.plan)["person_id"].astext == str(person_id)
    due = col(ImportRow.outcome).in_(DUE)
    found = select(ImportRow.number).where(ImportRow.import_id == import_id, due, whose).limit(1)
    return await session.scalar(found) is not None


async def shown(session: AsyncSession, found: Sequence[Import], settings: Settings, language: str) -> list[ImportOut]:
    """Imports as they are answered; a confirmed one says which other it waits for."""
    merging = await session.scalar(
        select(Import.id).where(Import.state == ImportState.CONFIRMED, col(Import.merge_began_at).is_not(None)).limit(1)
    )
    return [_shown(row, merging, settings, language) for row in found]


def _shown(row: Import, merging: UUID | None, settings: Settings, language: str) -> ImportOut:
    waits = row.state is ImportState.CONFIRMED and merging != row.id
    percent = settings.import_leavers_percent
    return ImportOut.model_validate(
        {
            **row.model_dump(),
            "flaws": told(row.flaws, language),
            "waits_for": merging if waits else None,
            "must_name_leavers": must_name_leavers(row.leavers, row.covered, percent),
        }
    )


def row_shown(row: ImportRow, language: str) -> ImportRowOut:
    """A row as it is answered."""
    changes = [ImportChange.model_validate(change) for change in row.changes]
    return ImportRowOut.model_validate(
        {**row.model_dump(exclude={"changes", "flaws"}), "changes": changes, "flaws": told(row.flaws, language)}
    )


def told(row: Sequence[dict[str, object]], language: str) -> list[ImportFlaw]:
    """Kept flaws with their sentence."""
    return [ImportFlaw.model_validate({**flaw, "sentence": sentence(flaw, language)}) for flaw in row]
