"""Reading files: encodings, workbooks, date formats, and files that cannot be read."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from itertools import islice

import pytest
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from schemas.foundation.common import SECRECY_MARKS
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading import xlsx_file
from service.operations.imports.reading.table import MAX_COLUMNS, MAX_ROWS, Table, read_table
from service.operations.imports.targets.people.columns import COLUMNS
from tests.build.imports import PEOPLE_HEADINGS, a_csv, an_xlsx

ROW = ("G1", "张三", "U1", "干部", "2024-03-01", "")
VALUES = {
    "staff_number": "G1",
    "name": "张三",
    "organisation_code": "U1",
    "role": "cadre",
    "from": "2024-03-01",
    "until": None,
}


def parse(content: bytes) -> Table:
    return read_table(content, COLUMNS)


def issues_in(content: bytes) -> list[tuple[str | None, str]]:
    return [(issue["column"], issue["code"]) for line in parse(content).lines for issue in line.issues]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encoding_is_detected_from_content(encoding: str) -> None:
    (line,) = parse(a_csv(PEOPLE_HEADINGS, ROW, encoding=encoding)).lines

    assert (line.number, line.values, line.issues) == (2, VALUES, [])


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_delimiter_is_detected_from_headings(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (PEOPLE_HEADINGS, ROW))

    assert [line.values for line in parse(text.encode()).lines] == [VALUES]


def test_workbook_with_numbers_and_dates_is_read_like_csv() -> None:
    file = an_xlsx(
        PEOPLE_HEADINGS,
        (10023, "张三", 3301.0, "干部", datetime.fromisoformat("2024-03-01"), date(2025, 1, 2)),
        (),
        ROW,
    )

    first, second = parse(file).lines

    assert (first.values["staff_number"], first.values["organisation_code"]) == ("10023", "3301")
    assert (first.values["from"], first.values["until"]) == ("2024-03-01", "2025-01-02")
    assert (second.number, second.values) == (4, VALUES)


@pytest.mark.parametrize(
    "spelling", ["2026-01-02", "2026/1/2", "2026.1.2", "2026年1月2日", "20260102", "46024", "2026-01-02 00:00:00"]
)
def test_date_is_read_in_all_usual_formats(spelling: str) -> None:
    (line,) = parse(a_csv(PEOPLE_HEADINGS, ("G1", "张三", "U1", "干部", spelling, ""))).lines

    assert line.values["from"] == "2026-01-02"


@pytest.mark.parametrize("spelling", ["2026-2-30", "2026-13-1", "1899-12-31", "2200-01-01", "00000", "昨天", "2026-01"])
def test_invalid_or_distant_date_is_an_issue(spelling: str) -> None:
    file = a_csv(PEOPLE_HEADINGS, ("G1", "张三", "U1", "干部", spelling, ""))

    assert issues_in(file) == [("from", "import.day_unreadable")]


def test_headings_are_normalised_and_unknown_ones_are_ignored() -> None:
    headings = ("role", "* 姓 名（必填）", "Organisation_Code", "备注", "STAFF NUMBER")

    table = parse(a_csv(headings, ("干部", "张三", "U1", "好", "G1")))

    assert table.lines[0].values == VALUES | {"from": None}
    assert table.ignored_columns == ["备注"]


CELLS = {
    "a formula": ("=A1&B1", "import.formula_not_accepted"),
    "a long number": (123456789012345678, "import.digits_lost"),
}


@pytest.mark.parametrize(("cell", "code"), CELLS.values(), ids=CELLS)
def test_formula_or_long_number_in_workbook_is_an_issue(cell: object, code: str) -> None:
    assert issues_in(an_xlsx(PEOPLE_HEADINGS, (cell, *ROW[1:]))) == [("staff_number", code)]


TEXTS = {
    "NUL": ("张\x00三", "import.control_character"),
    "a line break": ("张\n三", "import.control_character"),
    "too long": ("张" * 201, "import.value_too_long"),
    "a mark of secrecy": ("张三 机密★1年", "import.secrecy_mark"),
    "blank": ("　 ", "import.value_missing"),
}


@pytest.mark.parametrize(("name", "code"), TEXTS.values(), ids=TEXTS)
def test_invalid_name_is_an_issue(name: str, code: str) -> None:
    SECRECY_MARKS.refuse(["机密★"])

    assert issues_in(a_csv(PEOPLE_HEADINGS, ("G1", name, *ROW[2:]))) == [("name", code)]


def test_name_with_rare_character_or_wide_space_is_accepted() -> None:
    lines = parse(a_csv(PEOPLE_HEADINGS, ("G1", "𠮷田", *ROW[2:]), ("G2", "张　三", *ROW[2:]))).lines

    assert [line.values["name"] for line in lines] == ["𠮷田", "张 三"]


def test_bytes_of_other_encoding_are_issue_of_their_line_only() -> None:
    lines = [("G" + str(number), "张三", *ROW[2:]) for number in range(30)]
    file = a_csv(PEOPLE_HEADINGS, *lines).replace("张三".encode(), b"\xd5\xc5\xc8\xfd", 1)

    assert issues_in(file) == [("name", "import.control_character")]
    assert len(parse(file).lines) == 30


def a_bomb() -> bytes:
    """A workbook that unpacks to more bytes than allowed."""
    file = io.BytesIO(an_xlsx(PEOPLE_HEADINGS, ROW))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/padding.xml", "w") as member:
        for _ in range(xlsx_file.MAX_UNPACKED_BYTES // 10**7 + 1):
            member.write(bytes(10**7))
    return file.getvalue()


def a_workbook_with(changes: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """A workbook with some changed members."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(an_xlsx(PEOPLE_HEADINGS, ROW))) as archive,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, changes.get(name, bytes)(archive.read(name)))
    return file.getvalue()


SHEET, TYPES = "xl/worksheets/sheet1.xml", "[Content_Types].xml"


def entities() -> bytes:
    """A workbook whose sheet defines entities."""
    defined = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'
    return a_workbook_with({SHEET: lambda sheet: defined + sheet.partition(b"?>")[2]})


def a_far_row(*, at: bytes = b"</sheetData>") -> bytes:
    """A small workbook with a row of a huge row number, after its rows or before them."""
    row = b'<row r="9999999999999"><c t="inlineStr"><is><t>G2</t></is></c></row>'
    row = row + at if at.startswith(b"</") else at + row
    return a_workbook_with({SHEET: lambda sheet: sheet.replace(at, row)})


def many_texts(*, name: str = "xl/sharedStrings.xml") -> bytes:
    """A workbook with shared strings that are too large, under any member name."""
    declared = f'<Override PartName="/{name}" ContentType="{SHARED_STRINGS}" /></Types>'.encode()
    file = io.BytesIO(a_workbook_with({TYPES: lambda types: types.replace(b"</Types>", declared)}))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f'<sst xmlns="{SHEET_MAIN_NS}"/>'.encode() + b" " * xlsx_file.MAX_MEMBER_BYTES)
    return file.getvalue()


def a_protected_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


FILES: dict[str, tuple[bytes, IssueCode]] = {
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, IssueCode.ENCODING_UNKNOWN),
    "zeros": (bytes(5000), IssueCode.NOT_A_TABLE),
    "headings only": (a_csv(PEOPLE_HEADINGS), IssueCode.NO_LINES),
    "blank lines": (b"\n,,,\n\n", IssueCode.NO_LINES),
    "an empty workbook": (an_xlsx(()), IssueCode.NO_LINES),
    "no column for the role": (a_csv(PEOPLE_HEADINGS[:3], ROW[:3]), IssueCode.COLUMN_MISSING),
    "the same heading in both languages": (
        a_csv((*PEOPLE_HEADINGS, "name"), (*ROW, "李四")),
        IssueCode.COLUMN_REPEATED,
    ),
    "100,000 columns": (",".join(f"c{number}" for number in range(100_000)).encode(), IssueCode.TOO_MANY_COLUMNS),
    "quotes that do not close": (a_csv(PEOPLE_HEADINGS, ROW) + b'G2,"x"y,U1\n', IssueCode.FILE_UNREADABLE),
    "an old or locked workbook": (a_protected_workbook(), IssueCode.OLD_WORKBOOK),
    "a zip that is no workbook": (b"PK\x03\x04" + bytes(100), IssueCode.FILE_UNREADABLE),
    "a truncated workbook": (an_xlsx(PEOPLE_HEADINGS, ROW)[:-200], IssueCode.FILE_UNREADABLE),
    "a zip bomb": (a_bomb(), IssueCode.WORKBOOK_TOO_LARGE),
    "a workbook with too many shared strings": (many_texts(), IssueCode.WORKBOOK_TOO_LARGE),
    "shared strings named like a sheet": (many_texts(name="xl/worksheets/sheet7.xml"), IssueCode.WORKBOOK_TOO_LARGE),
    "a workbook with entities": (entities(), IssueCode.FILE_UNREADABLE),
    "an identity number in any column": (
        a_csv((*PEOPLE_HEADINGS, "证件"), (*ROW, "11010519491231002X")),
        IssueCode.IDENTITY_NUMBERS,
    ),
    "an identity number for a staff number": (
        a_csv(PEOPLE_HEADINGS, ("11010519491231002x", *ROW[1:])),
        IssueCode.IDENTITY_NUMBERS,
    ),
}


@pytest.mark.parametrize(("content", "issue"), FILES.values(), ids=FILES)
def test_unusable_file_is_refused_with_issue(content: bytes, issue: IssueCode) -> None:
    with pytest.raises(ImportIssue) as refused:
        parse(content)

    assert refused.value.code == issue
    assert refused.value.sentence("zh-CN") != refused.value.sentence("en")


def test_empty_cells_after_headings_do_not_count_as_columns() -> None:
    padding = ("",) * (MAX_COLUMNS - 10)

    table = parse(a_csv((*PEOPLE_HEADINGS, *padding), (*ROW, *padding)))

    assert [line.values for line in table.lines] == [VALUES]


def test_file_with_too_many_lines_is_refused_while_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.imports.reading.table.MAX_LINES", 3)

    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        parse(a_csv(PEOPLE_HEADINGS, *[ROW] * 4))


@pytest.mark.parametrize("at", [b"</sheetData>", b"<sheetData>"], ids=["behind", "before"])
def test_huge_row_number_does_not_make_reader_count_up_to_it(at: bytes) -> None:
    rows = list(islice(xlsx_file.read_lines(a_far_row(at=at)), xlsx_file.ROWS_READ + 1))

    assert len(rows) == xlsx_file.ROWS_READ == MAX_ROWS + 1
    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        parse(a_far_row(at=at))


def test_blank_lines_count_towards_row_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.imports.reading.table.MAX_ROWS", 3)

    assert len(parse(a_csv(PEOPLE_HEADINGS, ROW) + b"\n").lines) == 1
    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        parse(a_csv(PEOPLE_HEADINGS, ROW) + b"\n\n")


def test_large_sheet_is_read() -> None:
    padded = a_workbook_with({SHEET: lambda sheet: sheet + b" " * xlsx_file.MAX_MEMBER_BYTES})

    assert [line.values for line in parse(padded).lines] == [VALUES]
