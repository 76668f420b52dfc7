"""Read CSV in UTF-8, gzipped or not, line by line, with bounded memory.

An issue is collected with its line; reading continues.
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


def stream_records(file: str, raw: BinaryIO, issues: IssueList) -> Iterator[tuple[int, list[str]]]:
    """Yield first line number and cells of each record that is not blank, as far as the file is readable."""
    records = Records(_decode_lines(file, raw, issues))
    try:
        for line, record in records:
            if record:
                yield line, record
    except csv.Error as failure:
        issues.add(ImportIssue(IssueCode.DIVISION_NOT_CSV, file=file, row=records.first_line, reason=str(failure)))
    except (EOFError, OSError, zlib.error) as failure:
        next_line = records.next_line
        issues.add(ImportIssue(IssueCode.DIVISION_FILE_UNREADABLE, file=file, row=next_line, reason=str(failure)))


def _decode_lines(file: str, raw: BinaryIO, issues: IssueList) -> Iterator[str]:
    """Yield the lines as text, without the byte order mark."""
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
