"""What all messages share: the two model bases, moments, texts, pages and problems."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d")


class RequestModel(BaseModel):
    """Base of everything that comes in: an unknown field is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def canonical_fields(request: RequestModel) -> Any:
    """The fields as they were sent, in canonical form: what request_fingerprint is judged by."""
    return request.model_dump(mode="json", exclude_unset=True)


class ResponseModel(BaseModel):
    """Base of everything that goes out: no defaults, so a client sees every field as required."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _in_utc(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a moment lies between 1900 and 2200")
    return moment.astimezone(UTC)


def _spelled_out(value: object) -> object:
    """RFC 3339 or nothing: a bare number would be taken for seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and RFC_3339.match(value)):
        return value
    raise PydanticCustomError("datetime_parsing", "Input should be a moment as RFC 3339, with its offset")


Timestamp = Annotated[AwareDatetime, BeforeValidator(_spelled_out), AfterValidator(_in_utc)]
"""A moment with its offset (RFC 3339), in UTC from here on. A naive time is refused."""

Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date())]
"""A day between 1900 and 2200: what comes in, so that no reckoning with it runs out of the calendar."""

NO_NUL = r"^[^\x00]*$"


class SecrecyMarks:
    """The marks no text may carry: this system may not hold state secrets (保守国家秘密法 art. 31).

    The marks are the setting's, told once at start; every type of text below asks here.
    """

    def __init__(self) -> None:
        self._found: re.Pattern[str] | None = None

    def refuse(self, marks: Iterable[str]) -> None:
        """Refuse these marks from now on; spaces within a mark do not hide it."""
        parts = [r"\s*".join(map(re.escape, mark)) for mark in marks]
        self._found = re.compile("|".join(parts)) if parts else None

    def checked(self, text: str) -> str:
        """The text itself. Raises a flaw that names the mark."""
        found = self._found and self._found.search(text)
        if found:
            raise PydanticCustomError(
                "secrecy_mark", "Text with the mark {mark} may not be entered", {"mark": found[0]}
            )
        return text


SECRECY_MARKS = SecrecyMarks()
NoSecret = AfterValidator(SECRECY_MARKS.checked)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL), NoSecret]
"""A name or title: one to 200 characters, no NUL."""
Text = Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL), NoSecret]
"""Free text: at most 500 characters a field (DOMAIN §4.5 rule 9), no NUL."""
Filled = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=NO_NUL), NoSecret
]
"""Free text that must say something: one to 500 characters, no NUL."""

SourceCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$"),
    NoSecret,
]
"""A code or number by which a source system knows something: one to 64 signs, no blank among them."""

Version = Annotated[int, Field(ge=1)]

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list, newest first; `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None


class Flaw(BaseModel):
    """One thing wrong with a request: where it stands and what is wrong there."""

    where: str
    what: str


class Problem(BaseModel):
    """A failure as RFC 9457 tells it. `code` is stable; `title` is in the language asked for."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    facts: dict[str, Any] = Field(description="What the sentence speaks of, as values.")
    errors: list[Flaw] = Field(description="The places in the request that are wrong; empty for other failures.")
