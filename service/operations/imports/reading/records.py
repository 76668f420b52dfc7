"""Records of a CSV with the line number where each starts."""

import csv
from collections.abc import Iterable, Iterator


class Records:
    """Iterates over first line number and cells of each record.

    Raises csv.Error for invalid CSV; `first_line` is then the first line of that record.
    """

    def __init__(self, lines: Iterable[str], delimiter: str = ",") -> None:
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self.first_line = 1

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for record in self._reader:
            yield self.first_line, record
            self.first_line = self._reader.line_num + 1

    @property
    def next_line(self) -> int:
        """The first line that was not read yet."""
        return self._reader.line_num + 1
