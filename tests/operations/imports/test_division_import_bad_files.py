"""Files of divisions with issues: refused with file and line; nothing is imported."""

import gzip
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings
from service.identity.tree.tables import Division, DivisionImport, DivisionStaged
from service.operations.imports.errors import DivisionsRefused
from tests.build import count
from tests.build.divisions import a_file, a_folder, a_tree, csv_text, run_division_import

VALID = csv_text(a_tree("81"))
"""Header on line 1, the province on 2, city 3, county 4, street 5, villages 6 to 8."""

BAD = {
    "a code that repeats": (VALID + "8101,再来,prefecture,81\n", "division.code_repeated", 9),
    "an orphan": (VALID + "810199001001,某村,village,810199001\n", "division.parent_unknown", 9),
    "a code too short": (VALID + "81010100100,某村,village,810101001\n", "division.code_malformed", 9),
    "a code too long": (VALID + "8101010010011,某村,village,810101001\n", "division.code_malformed", 9),
    "a code eaten by Excel": (VALID + "8.10E+11,某村,village,810101001\n", "division.code_malformed", 9),
    "full-width digits": (VALID + "８２,某省,province,\n", "division.code_malformed", 9),
    "no code": (VALID + ",某村,village,810101001\n", "division.code_malformed", 9),
    "a level that does not fit": (VALID.replace("county", "township"), "division.level_differs", 4),
    "an unknown level": (VALID.replace("county", "县"), "division.level_differs", 4),
    "a parent of another branch": (VALID.replace("township,810101", "township,810102"), "division.parent_differs", 5),
    "a parent too far up": (VALID.replace("township,810101", "township,8101"), "division.parent_differs", 5),
    "a province with a parent": (VALID.replace("province,", "province,8"), "division.parent_differs", 2),
    "no name": (VALID.replace("8101,某地", "8101, "), "division.name_empty", 3),
    "a name without end": (VALID.replace("8101,某地", "8101," + "某" * 201), "division.name_too_long", 3),
    "NUL in a name": (VALID.replace("8101,某地", "8101,某\x00地"), "division.control_character", 3),
    "a line break in a name": (VALID.replace("8101,某地", '8101,"某\n地"'), "division.control_character", 3),
    "too many columns": (VALID + "8102,某,地,prefecture,81\n", "division.columns_uneven", 9),
    "too few columns": (VALID + "8102,某地,prefecture\n", "division.columns_uneven", 9),
    "a missing column": (VALID.replace("level", "tier"), "division.columns_wrong", 1),
    "a column twice": (VALID.replace("level", "name"), "division.columns_wrong", 1),
    "an extra column": (VALID.replace("level", "level,note"), "division.columns_wrong", 1),
    "a quote that never closes": (VALID + '8102,"某地,prefecture,81\n', "division.not_csv", 9),
    "a header alone": (VALID.splitlines()[0], "division.file_empty", 1),
    "nothing at all": ("", "division.file_empty", 1),
    "a line that never ends": (VALID + "8" * 70_000, "division.line_too_long", 9),
}


def issues_by_code(refused: DivisionsRefused) -> list[tuple[str, int | None]]:
    return [(issue.code, issue.row) for issue in refused.issues]


async def is_empty(session: AsyncSession) -> bool:
    return not any([await count(session, table) for table in (Division, DivisionStaged, DivisionImport)])


@pytest.mark.parametrize(("content", "code", "line"), BAD.values(), ids=BAD)
async def test_bad_file_is_refused_with_line_and_nothing_is_merged(
    settings: Settings, session: AsyncSession, tmp_path: Path, content: str, code: str, line: int
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8", newline="")

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, path, staged_rows=2)

    assert issues_by_code(refused.value) == [(code, line)]
    assert refused.value.issues[0].place == f"bad.csv:{line}"
    assert await is_empty(session)


async def test_file_not_in_utf_8_is_refused_line_by_line(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes(VALID.encode("gbk"))

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, path)

    assert issues_by_code(refused.value) == [("division.not_utf8", line) for line in range(2, 9)]
    assert await is_empty(session)


async def test_truncated_gzip_file_is_refused(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(VALID.encode())[:-12])

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, path)

    assert {code for code, _ in issues_by_code(refused.value)} == {"division.file_unreadable"}
    assert await is_empty(session)


async def test_folder_with_missing_file_is_refused(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "dist", a_tree("81"))
    (folder / "streets.csv").unlink()

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, folder)

    assert [issue.place for issue in refused.value.issues] == [str(folder / "streets.csv")]
    assert await is_empty(session)


async def test_redundant_columns_that_contradict_code_are_refused(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path / "dist", a_tree("81"))
    (folder / "villages.csv").write_text(
        'code,name,streetCode,provinceCode,cityCode,areaCode\n810101001001,"某村",810101001,81,8102,810101\n'
    )

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, folder)

    assert refused.value.issues[0].place == "villages.csv:2"
    assert "8102" in refused.value.issues[0].sentence("en")
    assert await is_empty(session)


async def test_first_twenty_issues_are_listed_and_all_are_counted(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    path = a_file(tmp_path, [*a_tree("81"), *([("x", "", "", "")] * 30), a_tree("81")[1]])

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, path)

    assert len(refused.value.issues) == 20
    assert refused.value.total == 30 * 2 + 1
    assert await is_empty(session)


async def test_control_characters_in_issue_are_escaped(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    path = a_file(tmp_path, [("\x1b[2J", "某地", "province", "")])

    with pytest.raises(DivisionsRefused) as refused:
        await run_division_import(settings, path)

    assert "\x1b" not in refused.value.issues[0].sentence("zh-CN")
    assert await is_empty(session)
