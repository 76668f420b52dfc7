"""CSV as spreadsheets and personnel systems write it: UTF-8, GB18030 or UTF-16; comma, tab or semicolon."""

import codecs
import csv
import io
from collections.abc import Iterator

from service.operations.imports.cells import UNREADABLE
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.records import Records

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
BROKEN_SHARE = 0.1
"""Text in UTF-8 of which fewer characters are broken is UTF-8 with a mishap, not another encoding."""
LOOKED_AT_CHARACTERS = 4096
DELIMITERS = ",\t;"


def lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every record, the headings first. Raises an ImportIssue."""
    text = decoded(content)
    if _is_binary(text[:LOOKED_AT_CHARACTERS]):
        raise ImportIssue(IssueCode.NOT_A_TABLE)
    records = Records(io.StringIO(text, newline=""), _delimiter(text))
    try:
        yield from records
    except csv.Error as failure:
        raise ImportIssue(IssueCode.FILE_UNREADABLE, line=records.begin, reason=str(failure)) from None


def decoded(content: bytes) -> str:
    """The text, its encoding chosen by the content. Bytes that are no text become U+FFFD; the rows say so.

    Raises an ImportIssue when there is none.
    """
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    text = content.decode("utf-8", errors="replace")
    broken = text.count(UNREADABLE)
    others = sum(not letter.isascii() for letter in text) - broken
    if broken <= BROKEN_SHARE * others:
        return text
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise ImportIssue(IssueCode.ENCODING_UNKNOWN) from None


def _is_binary(text: str) -> bool:
    """More control characters than a slip could make."""
    controls = sum(letter < " " and letter not in "\t\r\n" for letter in text)
    return controls > len(text) // 50 + 1


def _delimiter(text: str) -> str:
    headings = text.partition("\n")[0]
    return max(DELIMITERS, key=headings.count)
