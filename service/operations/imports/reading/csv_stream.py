"""CSV in UTF-8, gzipped or not, line by line, so that memory does not grow with the file.

An issue is collected with its line and reading goes on.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.reading.records import Records

GZIP_MAGIC = b"\x1f\x8b"
LINE_LIMIT_BYTES = 65_536


def streamed(file: str, raw: BinaryIO, issues: IssueList) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line and columns of every record that is not blank, as far as the file can be read."""
    records = Records(_decoded(file, raw, issues))
    try:
        for line, record in records:
            if record:
                yield line, record
    except csv.Error as failure:
        issues.add(ImportIssue(IssueCode.DIVISION_NOT_CSV, file=file, row=records.begin, reason=str(failure)))
    except (EOFError, OSError, zlib.error) as failure:
        unread = records.next_line
        issues.add(ImportIssue(IssueCode.DIVISION_FILE_UNREADABLE, file=file, row=unread, reason=str(failure)))


def _decoded(file: str, raw: BinaryIO, issues: IssueList) -> Iterator[str]:
    """The lines as text, without a byte order mark."""
    is_gzip = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    stream = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    for number, line in enumerate(iter(partial(stream.readline, LINE_LIMIT_BYTES), b""), 1):
        if len(line) == LINE_LIMIT_BYTES and not line.endswith(b"\n"):
            issues.add(
                ImportIssue(IssueCode.DIVISION_LINE_TOO_LONG, file=file, row=number, limit_bytes=LINE_LIMIT_BYTES)
            )
            return
        try:
            text = line.decode()
        except UnicodeDecodeError:
            issues.add(ImportIssue(IssueCode.DIVISION_NOT_UTF8, file=file, row=number))
            text = line.decode(errors="replace")
        yield text.removeprefix("\ufeff") if number == 1 else text
