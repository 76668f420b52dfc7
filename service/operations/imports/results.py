"""Results of the rows as CSV for spreadsheets: UTF-8 with a byte order mark, formulas quoted."""

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
"""Changed fields that are no single column of the file."""
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def build_results_csv(kind: ImportKind, rows: Iterable[ImportRow], language: str) -> bytes:
    """Build the CSV: one line for each change and issue of a row, one line for a row without any."""
    text = io.StringIO()
    writer = csv.writer(text)
    is_english = language == "en"
    writer.writerow(HEADINGS["en" if is_english else "zh-CN"])
    fields = {} if is_english else FIELDS_ZH | {column.field: column.headings[0] for column in TARGETS[kind].columns}
    for row in rows:
        outcome = row.outcome.value if is_english else row.outcome.zh
        for field, *values in _lines(row, language):
            cells = (row.line or "", outcome, row.key or "", fields.get(field, field), *values)
            writer.writerow([escape_formula(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _lines(row: ImportRow, language: str) -> Iterator[tuple[str, ...]]:
    for change in row.changes:
        yield change["field"], change["before"] or "", change["after"] or "", "", ""
    for issue in row.issues:
        yield issue["column"] or "", "", "", issue["code"], sentence(issue, language)
    if not row.changes and not row.issues:
        yield ("",) * 5


def escape_formula(cell: object) -> str:
    """Quote a cell that a spreadsheet would read as a formula."""
    text = str(cell)
    return "'" + text if text.startswith(FORMULA_PREFIXES) else text
