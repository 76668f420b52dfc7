"""Records of a CSV with the line on which each begins."""

import csv
from collections.abc import Iterable, Iterator


class Records:
    """Line and cells of every record. Raises csv.Error where it is no CSV; `begin` is the line it happened in."""

    def __init__(self, lines: Iterable[str], delimiter: str = ",") -> None:
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self.begin = 1

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for record in self._reader:
            yield self.begin, record
            self.begin = self._reader.line_num + 1

    @property
    def next_line(self) -> int:
        """The first line that was not read."""
        return self._reader.line_num + 1
