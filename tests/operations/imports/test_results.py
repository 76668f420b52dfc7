"""Results open in a spreadsheet with their Chinese intact, and nothing in them computes."""

import pytest

from schemas.operations.imports import ImportKind, RowOutcome
from service.foundation.ids import new_id
from service.operations.imports.results import csv_of, guarded
from service.operations.imports.tables import ImportRow


def a_row(before: str, after: str) -> ImportRow:
    change = {"field": "name", "before": before, "after": after}
    said = {"key": "U1", "outcome": RowOutcome.CHANGED, "changes": [change], "issues": []}
    return ImportRow(import_id=new_id(), number=2, line=2, **said)


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx"])
def test_a_cell_that_would_compute_is_text(cell: str) -> None:
    assert guarded(cell) == "'" + cell


def test_a_change_stands_there_from_and_to() -> None:
    text = csv_of(ImportKind.ORGANISATIONS, [a_row("=HYPERLINK(1)", "民政局")], "zh-CN")

    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").splitlines()[1] == "2,变更,U1,名称,'=HYPERLINK(1),民政局,,"
