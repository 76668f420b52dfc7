"""CSV of spreadsheets and personnel systems: UTF-8, GB18030 or UTF-16; comma, tab or semicolon."""

import codecs
import csv
import io
from collections.abc import Iterator

from service.operations.imports.cells import UNREADABLE
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.records import Records

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BROKEN_SHARE = 0.1
"""UTF-8 text with a smaller share of broken characters is damaged UTF-8, not another encoding."""
CHECKED_CHARACTERS = 4096
DELIMITERS = ",\t;"


def read_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each record, the headings first. Raises ImportIssue."""
    text = decode(content)
    if _is_binary(text[:CHECKED_CHARACTERS]):
        raise ImportIssue(IssueCode.NOT_A_TABLE)
    records = Records(io.StringIO(text, newline=""), _delimiter(text))
    try:
        yield from records
    except csv.Error as failure:
        raise ImportIssue(IssueCode.FILE_UNREADABLE, line=records.first_line, reason=str(failure)) from None


def decode(content: bytes) -> str:
    """Decode the text; its encoding is detected. Invalid bytes become U+FFFD and are issues of their rows.

    Raises ImportIssue for an unknown encoding.
    """
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    text = content.decode("utf-8", errors="replace")
    broken = text.count(UNREADABLE)
    intact = sum(not letter.isascii() for letter in text) - broken
    if broken <= BROKEN_SHARE * intact:
        return text
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise ImportIssue(IssueCode.ENCODING_UNKNOWN) from None


def _is_binary(text: str) -> bool:
    """Whether the text has too many control characters for a text file."""
    controls = sum(letter < " " and letter not in "\t\r\n" for letter in text)
    return controls > len(text) // 50 + 1


def _delimiter(text: str) -> str:
    headings = text.partition("\n")[0]
    return max(DELIMITERS, key=headings.count)
