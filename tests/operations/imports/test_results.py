"""Results as CSV: readable for spreadsheets, and no cell is read as a formula."""

import pytest

from schemas.operations.imports import ImportKind, RowOutcome
from service.foundation.ids import new_id
from service.operations.imports.results import build_results_csv, escape_formula
from service.operations.imports.tables import ImportRow


def a_row(before: str, after: str) -> ImportRow:
    change = {"field": "name", "before": before, "after": after}
    fields = {"key": "U1", "outcome": RowOutcome.CHANGED, "changes": [change], "issues": []}
    return ImportRow(import_id=new_id(), number=2, line=2, **fields)


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx"])
def test_cell_with_formula_prefix_is_quoted(cell: str) -> None:
    assert escape_formula(cell) == "'" + cell


def test_change_is_written_with_before_and_after() -> None:
    text = build_results_csv(ImportKind.ORGANISATIONS, [a_row("=HYPERLINK(1)", "民政局")], "zh-CN")

    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").splitlines()[1] == "2,变更,U1,名称,'=HYPERLINK(1),民政局,,"
