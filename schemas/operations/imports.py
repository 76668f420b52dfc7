"""Request and response models of imports: options, diff, results of the rows."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum


class ImportKind(StrEnum):
    """What the lines of a file describe."""

    ORGANISATIONS = "organisations"
    PEOPLE = "people"
    """People with their postings: one line per posting."""
    ENTERPRISES = "enterprises"
    """Enterprises as places that can be visited."""


class ImportMode(StrEnum):
    """What happens to a file with bad rows."""

    ALL_OR_NOTHING = "all_or_nothing"
    """Nothing is merged if a row is bad."""
    GOOD_ROWS = "good_rows"
    """Good rows are merged; bad rows are reported."""


class ImportState(LabelledEnum):
    """The state of an import."""

    AWAITING_FILE = "awaiting_file", "等待上传文件"
    UPLOADED = "uploaded", "已上传，正在核对"
    """A worker reads the file and builds the diff."""
    CHECKED = "checked", "已核对，等待确认"
    """The diff can be read and confirmed; no record has changed yet."""
    REFUSED = "refused", "文件未被接受"
    """The file has issues and was not imported."""
    CONFIRMED = "confirmed", "已确认，正在导入"
    """A worker merges the diff, or waits until another import ends."""
    APPLIED = "applied", "已导入"
    DISCARDED = "discarded", "已放弃"


class RowOutcome(LabelledEnum):
    """What the import does with a row."""

    ADDED = "added", "新增"
    CHANGED = "changed", "变更"
    ENDED = "ended", "任职结束"
    """On record but not in a complete file: the posting ends; it is not deleted."""
    UNCHANGED = "unchanged", "未变"
    MISSING = "missing", "文件中没有"
    """On record but not in the file; nothing changes."""
    REFUSED = "refused", "未导入"


class ImportCreate(RequestModel):
    """An import to open."""

    kind: ImportKind
    mode: ImportMode
    organisation_id: UUID
    """The import changes only this organisation and organisations below it."""
    as_of: Day | None = None
    """The day the file describes; postings start and end on it. At most a year from today, which is the default."""
    is_complete: bool = False
    """Whether the file lists everything below the organisation. Only then postings of leavers end."""


class ImportConfirm(RequestModel):
    """The confirmation of the diff with the version in If-Match."""

    leavers: Annotated[int, Field(ge=0)] | None = None
    """The number of leavers in the diff; required if `must_confirm_leavers` is true."""


class ImportIssue(ResponseModel):
    """An issue of a file or row: what is wrong and what to do, in the language of the caller."""

    column: str | None
    """Null if the issue concerns the whole row or file."""
    code: str
    sentence: str
    facts: dict[str, Any]


class ImportChange(ResponseModel):
    """The value of a field before and after; both are null after the import has ended."""

    field: str
    before: str | None
    after: str | None


class ImportOut(ResponseModel):
    """An import with its counts: those of the diff, after the merge those of the merged rows."""

    id: UUID
    kind: ImportKind
    mode: ImportMode
    organisation_id: UUID
    as_of: Day
    is_complete: bool
    state: ImportState
    lines: int
    added: int
    changed: int
    ended: int
    """Postings that end because a complete file does not list them."""
    unchanged: int
    missing: int
    """Records that the file does not list; they stay."""
    refused: int
    leavers: int
    """Persons posted in the organisation that a complete file does not list."""
    covered: int
    """Persons with a staff number who are posted there now."""
    must_confirm_leavers: bool
    """Whether the confirmation must give the number of leavers, because it is unusually high."""
    ignored_columns: list[str]
    """Unknown headings of the file; their cells are not stored."""
    issues: list[ImportIssue]
    """Issues of the whole file."""
    waits_for: UUID | None
    """The import that is being merged while this one waits."""
    requested_by: UUID | None
    requested_at: Timestamp
    checked_at: Timestamp | None
    confirmed_by: UUID | None
    """The person who confirmed; the merged changes are recorded as done by this person."""
    confirmed_at: Timestamp | None
    finished_at: Timestamp | None
    version: int


class ImportRowOut(ResponseModel):
    """A row of the diff, after the merge its result."""

    number: int
    """The order of the rows; for a line of the file its line number, where the headings are line 1."""
    line: int | None
    """Null for a record that is not in the file."""
    key: str | None
    """The code or staff number; null after the import has ended."""
    outcome: RowOutcome
    subject_id: UUID | None
    changes: list[ImportChange]
    issues: list[ImportIssue]
    """Why the row is refused; for other outcomes a note."""


class ImportQuery(PageQuery):
    """Filters of the list of imports."""

    kind: ImportKind | None = None


class ImportRowQuery(PageQuery):
    """Filters of the list of rows."""

    outcome: RowOutcome | None = None
