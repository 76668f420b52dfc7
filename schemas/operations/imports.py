"""Imports of files as they cross the wire: what is asked, the diff shown, what became of each row."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, RequestModel, ResponseModel, Timestamp


class ImportKind(StrEnum):
    """What a file holds, one thing a line."""

    ORGANISATIONS = "organisations"
    PEOPLE = "people"
    """People with their postings: a person with two postings stands on two lines."""
    ENTERPRISES = "enterprises"
    """Enterprises as places that can be visited."""


class ImportMode(StrEnum):
    """What becomes of a file with bad rows."""

    ALL_OR_NOTHING = "all_or_nothing"
    """One bad row and nothing is merged."""
    GOOD_ROWS = "good_rows"
    """Bad rows are told and left out, the others merged."""


class ImportState(StrEnum):
    """Where an import stands."""

    AWAITING_FILE = "awaiting_file"
    UPLOADED = "uploaded"
    """A worker reads and compares it."""
    CHECKED = "checked"
    """The diff is there to look at; nothing has changed yet."""
    REFUSED = "refused"
    """The file cannot be taken as it is: its flaws say why."""
    CONFIRMED = "confirmed"
    """The diff was confirmed; a worker merges it, or waits for another import to end."""
    APPLIED = "applied"
    DISCARDED = "discarded"


class RowOutcome(StrEnum):
    """What a row does, or did, to what is on record."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    """On record and not in a file that says it is complete: the posting ends, it is not deleted."""
    UNCHANGED = "unchanged"
    MISSING = "missing"
    """On record and not in the file: told, and left as it is."""
    REFUSED = "refused"


class ImportCreate(RequestModel):
    """An import to open; its file comes next."""

    kind: ImportKind
    mode: ImportMode
    organisation_id: UUID
    """The import touches this organisation and what lies below it, nothing else."""
    as_of: Day | None = None
    """The day the file describes, on which postings begin and end. At most a year away; today if left out."""
    is_complete: bool = False
    """Whether the file holds everything below the organisation; only then do postings of leavers end."""


class ImportConfirm(RequestModel):
    """Yes to the diff of the version in If-Match."""

    leavers: Annotated[int, Field(ge=0)] | None = None
    """How many persons leave, as shown; must be said when they are more than a deployment's share."""


class ImportFlaw(ResponseModel):
    """What is wrong and what to do, in the caller's language; `field` null when it concerns the whole row or file."""

    field: str | None
    code: str
    sentence: str
    facts: dict[str, Any]


class ImportChange(ResponseModel):
    """One field's value before and after; both null once the import has ended."""

    field: str
    before: str | None
    after: str | None


class ImportOut(ResponseModel):
    """An import with what it will do, or did. The counts are rows of the file, `ended` and `missing` what it lacks."""

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
    unchanged: int
    missing: int
    refused: int
    leavers: int
    """Persons of the organisation who are in no line of a complete file."""
    covered: int
    """Persons with a number who are posted there now: what `leavers` is a share of."""
    must_name_leavers: bool
    """So many leave that the confirmation has to name how many."""
    ignored_columns: list[str]
    """Headings the import does not know; nothing of them is kept."""
    flaws: list[ImportFlaw]
    """What is wrong with the file as a whole."""
    waits_for: UUID | None
    """The import that is being merged now, while this one waits."""
    asked_by: UUID | None
    asked_at: Timestamp
    checked_at: Timestamp | None
    confirmed_by: UUID | None
    """Whose yes it was: what is merged is on record as done by this person."""
    confirmed_at: Timestamp | None
    finished_at: Timestamp | None
    version: int


class ImportRowOut(ResponseModel):
    """What becomes, or became, of one row."""

    number: int
    """Order in this list; for a row of the file its line, the heading being line 1."""
    line: int | None
    """Null for what is on record and not in the file."""
    key: str | None
    """The code or number it is known by; null once the import has ended."""
    outcome: RowOutcome
    subject_id: UUID | None
    changes: list[ImportChange]
    flaws: list[ImportFlaw]
    """Why it is refused; for other outcomes something to know about it."""
