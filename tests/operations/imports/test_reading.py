"""Files as people have them: encodings by content, workbooks, days in every spelling; and files that are none."""

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
from service.operations.imports.reading.table import COLUMNS as MOST_COLUMNS
from service.operations.imports.reading.table import ROWS_LOOKED_AT, Table, read
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


def of(content: bytes) -> Table:
    return read(content, COLUMNS)


def issues_of(content: bytes) -> list[tuple[str | None, str]]:
    return [(issue["column"], issue["code"]) for line in of(content).lines for issue in line.issues]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_the_encoding_is_seen_by_the_content(encoding: str) -> None:
    (line,) = of(a_csv(PEOPLE_HEADINGS, ROW, encoding=encoding)).lines

    assert (line.number, line.values, line.issues) == (2, VALUES, [])


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_are_seen_by_the_headings(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (PEOPLE_HEADINGS, ROW))

    assert [line.values for line in of(text.encode()).lines] == [VALUES]


def test_a_workbook_reads_like_a_text_with_numbers_and_days_of_its_own() -> None:
    file = an_xlsx(
        PEOPLE_HEADINGS,
        (10023, "张三", 3301.0, "干部", datetime.fromisoformat("2024-03-01"), date(2025, 1, 2)),
        (),
        ROW,
    )

    first, second = of(file).lines

    assert (first.values["staff_number"], first.values["organisation_code"]) == ("10023", "3301")
    assert (first.values["from"], first.values["until"]) == ("2024-03-01", "2025-01-02")
    assert (second.number, second.values) == (4, VALUES)


@pytest.mark.parametrize(
    "written", ["2026-01-02", "2026/1/2", "2026.1.2", "2026年1月2日", "20260102", "46024", "2026-01-02 00:00:00"]
)
def test_a_day_is_read_however_it_is_written(written: str) -> None:
    (line,) = of(a_csv(PEOPLE_HEADINGS, ("G1", "张三", "U1", "干部", written, ""))).lines

    assert line.values["from"] == "2026-01-02"


@pytest.mark.parametrize("written", ["2026-2-30", "2026-13-1", "1899-12-31", "2200-01-01", "00000", "昨天", "2026-01"])
def test_what_is_no_day_or_none_of_our_time_is_an_issue(written: str) -> None:
    file = a_csv(PEOPLE_HEADINGS, ("G1", "张三", "U1", "干部", written, ""))

    assert issues_of(file) == [("from", "import.day_unreadable")]


def test_headings_may_be_english_decorated_or_in_any_order_and_others_are_ignored_by_name() -> None:
    headings = ("role", "* 姓 名（必填）", "Organisation_Code", "备注", "STAFF NUMBER")

    table = of(a_csv(headings, ("干部", "张三", "U1", "好", "G1")))

    assert table.lines[0].values == VALUES | {"from": None}
    assert table.ignored == ["备注"]


CELLS = {
    "a formula": ("=A1&B1", "import.formula_not_taken"),
    "a long number": (123456789012345678, "import.digits_lost"),
}


@pytest.mark.parametrize(("cell", "code"), CELLS.values(), ids=CELLS)
def test_cells_of_a_workbook_that_do_not_hold_what_they_show(cell: object, code: str) -> None:
    assert issues_of(an_xlsx(PEOPLE_HEADINGS, (cell, *ROW[1:]))) == [("staff_number", code)]


TEXTS = {
    "NUL": ("张\x00三", "import.control_character"),
    "a line break": ("张\n三", "import.control_character"),
    "too long": ("张" * 201, "import.value_too_long"),
    "a mark of secrecy": ("张三 机密★1年", "import.secrecy_mark"),
    "blank": ("　 ", "import.value_missing"),
}


@pytest.mark.parametrize(("name", "code"), TEXTS.values(), ids=TEXTS)
def test_texts_that_cannot_be_a_name(name: str, code: str) -> None:
    SECRECY_MARKS.refuse(["机密★"])

    assert issues_of(a_csv(PEOPLE_HEADINGS, ("G1", name, *ROW[2:]))) == [("name", code)]


def test_rare_characters_and_the_wide_blank_are_a_name() -> None:
    lines = of(a_csv(PEOPLE_HEADINGS, ("G1", "𠮷田", *ROW[2:]), ("G2", "张　三", *ROW[2:]))).lines

    assert [line.values["name"] for line in lines] == ["𠮷田", "张 三"]


def test_bytes_of_another_encoding_spoil_their_line_only() -> None:
    lines = [("G" + str(number), "张三", *ROW[2:]) for number in range(30)]
    file = a_csv(PEOPLE_HEADINGS, *lines).replace("张三".encode(), b"\xd5\xc5\xc8\xfd", 1)

    assert issues_of(file) == [("name", "import.control_character")]
    assert len(of(file).lines) == 30


def a_bomb() -> bytes:
    """A workbook whose one sheet claims more bytes than all people of a province."""
    file = io.BytesIO(an_xlsx(PEOPLE_HEADINGS, ROW))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/padding.xml", "w") as member:
        for _ in range(xlsx_file.UNPACKED_BYTES // 10**7 + 1):
            member.write(bytes(10**7))
    return file.getvalue()


def a_workbook_with(changed: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """A workbook some members of which were changed by hand."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(an_xlsx(PEOPLE_HEADINGS, ROW))) as archive,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, changed.get(name, bytes)(archive.read(name)))
    return made.getvalue()


SHEET, TYPES = "xl/worksheets/sheet1.xml", "[Content_Types].xml"


def entities() -> bytes:
    """A workbook whose sheet defines entities."""
    defined = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'
    return a_workbook_with({SHEET: lambda sheet: defined + sheet.partition(b"?>")[2]})


def a_far_row(*, at: bytes = b"</sheetData>") -> bytes:
    """A workbook of five thousand bytes with a row of an enormous number, behind its rows or before them."""
    row = b'<row r="9999999999999"><c t="inlineStr"><is><t>G2</t></is></c></row>'
    row = row + at if at.startswith(b"</") else at + row
    return a_workbook_with({SHEET: lambda sheet: sheet.replace(at, row)})


def many_texts(*, called: str = "xl/sharedStrings.xml") -> bytes:
    """A workbook whose table of texts is too large to be held, under whatever name."""
    declared = f'<Override PartName="/{called}" ContentType="{SHARED_STRINGS}" /></Types>'.encode()
    file = io.BytesIO(a_workbook_with({TYPES: lambda types: types.replace(b"</Types>", declared)}))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(called, f'<sst xmlns="{SHEET_MAIN_NS}"/>'.encode() + b" " * xlsx_file.HELD_BYTES)
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
    "a workbook cut off": (an_xlsx(PEOPLE_HEADINGS, ROW)[:-200], IssueCode.FILE_UNREADABLE),
    "a workbook that unpacks without end": (a_bomb(), IssueCode.WORKBOOK_TOO_LARGE),
    "a workbook with more texts than are held": (many_texts(), IssueCode.WORKBOOK_TOO_LARGE),
    "texts that are called a sheet": (many_texts(called="xl/worksheets/sheet7.xml"), IssueCode.WORKBOOK_TOO_LARGE),
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
def test_a_file_that_cannot_be_taken_says_why(content: bytes, issue: IssueCode) -> None:
    with pytest.raises(ImportIssue) as refused:
        of(content)

    assert refused.value.code == issue
    assert refused.value.sentence("zh-CN") != refused.value.sentence("en")


def test_a_heading_row_with_many_empty_cells_behind_is_no_wider_than_its_headings() -> None:
    padding = ("",) * (MOST_COLUMNS - 10)

    table = of(a_csv((*PEOPLE_HEADINGS, *padding), (*ROW, *padding)))

    assert [line.values for line in table.lines] == [VALUES]


def test_a_file_too_long_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.imports.reading.table.LINES", 3)

    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        of(a_csv(PEOPLE_HEADINGS, *[ROW] * 4))


@pytest.mark.parametrize("at", [b"</sheetData>", b"<sheetData>"], ids=["behind", "before"])
def test_a_row_of_an_enormous_number_does_not_make_the_reader_count_up_to_it(at: bytes) -> None:
    rows = list(islice(xlsx_file.lines(a_far_row(at=at)), xlsx_file.ROWS_READ + 1))

    assert len(rows) == xlsx_file.ROWS_READ == ROWS_LOOKED_AT + 1
    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        of(a_far_row(at=at))


def test_blank_lines_count_towards_the_rows_that_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.imports.reading.table.ROWS_LOOKED_AT", 3)

    assert len(of(a_csv(PEOPLE_HEADINGS, ROW) + b"\n").lines) == 1
    with pytest.raises(ImportIssue, match=IssueCode.TOO_MANY_LINES):
        of(a_csv(PEOPLE_HEADINGS, ROW) + b"\n\n")


def test_a_large_sheet_is_read_as_far_as_it_goes() -> None:
    padded = a_workbook_with({SHEET: lambda sheet: sheet + b" " * xlsx_file.HELD_BYTES})

    assert [line.values for line in of(padded).lines] == [VALUES]
