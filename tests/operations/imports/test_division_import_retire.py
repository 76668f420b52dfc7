"""Import of divisions with --retire-missing: which divisions are retired, and when."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings
from service.identity.tree.tables import Division
from service.operations.imports.errors import DivisionsRefused
from tests.build.divisions import a_division, a_file, a_tree, run_division_import

LATER = date(2024, 6, 30)


async def valid_until(session: AsyncSession, code: str) -> date | None:
    await session.rollback()
    return (await session.get_one(Division, code)).valid_until


async def test_missing_division_is_retired_on_date_of_file(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("11")
    await run_division_import(settings, a_file(tmp_path, rows))

    result = await run_division_import(settings, a_file(tmp_path, rows[:-1]), as_of=LATER, retire_missing=True)

    assert (result.added, result.changed, result.unchanged, result.retired) == (0, 0, 6, 1)
    assert await valid_until(session, rows[-1][0]) == LATER
    assert await valid_until(session, rows[-2][0]) is None


async def test_missing_division_without_option_is_kept(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("12")
    await run_division_import(settings, a_file(tmp_path, rows))

    result = await run_division_import(settings, a_file(tmp_path, rows[:-1]), as_of=LATER)

    assert result.retired == 0
    assert await valid_until(session, rows[-1][0]) is None


async def test_only_divisions_below_file_are_retired(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    rows, others = a_tree("13"), a_tree("14")
    street = rows[3]
    await run_division_import(settings, a_file(tmp_path, [*rows, *others, a_division("130102")]))

    result = await run_division_import(settings, a_file(tmp_path, [street]), as_of=LATER, retire_missing=True)

    assert result.retired == 3
    assert await valid_until(session, rows[4][0]) == LATER
    assert [await valid_until(session, code) for code in ("1301", "130102", others[-1][0])] == [None] * 3


async def test_whole_branch_is_retired_in_chunks(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    rows = a_tree("15", villages=30)
    await run_division_import(settings, a_file(tmp_path, rows))

    result = await run_division_import(
        settings, a_file(tmp_path, rows[:1]), as_of=LATER, retire_missing=True, merged_rows=4
    )

    assert result.retired == 33
    assert await valid_until(session, "15") is None


async def test_retired_division_in_new_file_is_valid_again(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("16")
    await run_division_import(settings, a_file(tmp_path, rows))
    await run_division_import(settings, a_file(tmp_path, rows[:-1]), as_of=LATER, retire_missing=True)

    result = await run_division_import(settings, a_file(tmp_path, rows), as_of=LATER)

    assert (result.added, result.changed, result.unchanged) == (0, 1, 6)
    assert await valid_until(session, rows[-1][0]) is None


async def test_file_with_child_but_without_parent_is_refused(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("17")
    await run_division_import(settings, a_file(tmp_path, rows))

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, a_file(tmp_path, [*rows[:2], *rows[3:]]), as_of=LATER, retire_missing=True)

    assert [(issue.code, issue.row) for issue in refused.value.issues] == [("division.parent_omitted", 4)]
    assert await valid_until(session, "170101") is None


async def test_new_division_below_retired_one_is_refused(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("18")
    await run_division_import(settings, a_file(tmp_path, rows))
    await run_division_import(settings, a_file(tmp_path, rows[:3]), as_of=LATER, retire_missing=True)

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, a_file(tmp_path, [a_division("180101001009")]))

    assert [issue.code for issue in refused.value.issues] == ["division.parent_unknown"]
    assert await valid_until(session, "180101001") == LATER
