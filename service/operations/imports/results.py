"""What became of each row, as a CSV that a spreadsheet opens with its Chinese intact and without computing anything."""

import csv
import io
from collections.abc import Iterable, Iterator

from schemas.operations.imports import ImportKind
from service.operations.imports.issues import sentence
from service.operations.imports.tables import ImportRow
from service.operations.imports.targets import TARGETS

HEADINGS = {
    "zh-CN": ("行", "结果", "编号", "字段", "原值", "新值", "问题代码", "说明"),
    "en": ("line", "outcome", "key", "field", "before", "after", "code", "what is wrong"),
}
FIELDS_ZH = {"posting": "任职", "fence": "围栏"}
"""What a row changes and no column of the file says alone."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(kind: ImportKind, rows: Iterable[ImportRow], language: str) -> bytes:
    """UTF-8 with a mark; a line for each change and issue of a row, one for a row without any."""
    text = io.StringIO()
    writer = csv.writer(text)
    is_english = language == "en"
    writer.writerow(HEADINGS["en" if is_english else "zh-CN"])
    fields = {} if is_english else FIELDS_ZH | {one.field: one.headings[0] for one in TARGETS[kind].columns}
    for row in rows:
        outcome = row.outcome.value if is_english else row.outcome.zh
        for field, *told in _lines(row, language):
            cells = (row.line or "", outcome, row.key or "", fields.get(field, field), *told)
            writer.writerow([guarded(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _lines(row: ImportRow, language: str) -> Iterator[tuple[str, ...]]:
    for change in row.changes:
        yield change["field"], change["before"] or "", change["after"] or "", "", ""
    for issue in row.issues:
        yield issue["column"] or "", "", "", issue["code"], sentence(issue, language)
    if not row.changes and not row.issues:
        yield ("",) * 5


def guarded(cell: object) -> str:
    """A cell that a spreadsheet takes for text, whatever it begins with."""
    text = str(cell)
    return "'" + text if text.startswith(STARTS_A_FORMULA) else text
