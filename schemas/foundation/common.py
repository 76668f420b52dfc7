"""Types that all schemas use: the two base models, timestamps, texts, pages and problem details."""

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
    """Base of all request models. An unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def canonical_fields(request: RequestModel) -> Any:
    """Return the fields that were sent, in canonical form. The request fingerprint is computed from it."""
    return request.model_dump(mode="json", exclude_unset=True)


class ResponseModel(BaseModel):
    """Base of all response models.

    Fields have no defaults, so the OpenAPI document shows them as required.
    """

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _in_utc(timestamp: datetime) -> datetime:
    if not EARLIEST <= timestamp < LATEST:
        raise ValueError("a timestamp must be between 1900 and 2200")
    return timestamp.astimezone(UTC)


def _require_rfc_3339(value: object) -> object:
    """Accept only RFC 3339. Pydantic alone would read a number as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and RFC_3339.match(value)):
        return value
    raise PydanticCustomError("datetime_parsing", "Input should be a timestamp in RFC 3339 format, with offset")


Timestamp = Annotated[AwareDatetime, BeforeValidator(_require_rfc_3339), AfterValidator(_in_utc)]
"""A timestamp with offset (RFC 3339), converted to UTC. A timestamp without offset is refused."""

Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date())]
"""A date in a request, between 1900 and 2200, so that calculations with it cannot overflow."""

NO_NUL = r"^[^\x00]*$"


class SecrecyMarks:
    """The secrecy marks that no text may contain: state secrets are forbidden here (保守国家秘密法 art. 31).

    The application sets the marks once at start, from the settings. All text types below use this check.
    """

    def __init__(self) -> None:
        self._pattern: re.Pattern[str] | None = None

    def refuse(self, marks: Iterable[str]) -> None:
        """Set the marks to refuse. A mark with spaces inside is refused too."""
        parts = [r"\s*".join(map(re.escape, mark)) for mark in marks]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def checked(self, text: str) -> str:
        """Return the text. Raises: a validation error that names the mark."""
        match = self._pattern and self._pattern.search(text)
        if match:
            raise PydanticCustomError(
                "secrecy_mark", "Text with the mark {mark} may not be entered", {"mark": match[0]}
            )
        return text


SECRECY_MARKS = SecrecyMarks()
NoSecret = AfterValidator(SECRECY_MARKS.checked)

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL), NoSecret]
"""A name or title: one to 200 characters, no NUL."""
Text = Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL), NoSecret]
"""Free text: at most 500 characters (DOMAIN §4.5 rule 9), no NUL."""
Filled = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=NO_NUL), NoSecret
]
"""Free text that may not be empty: one to 500 characters, no NUL."""

SourceCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$"),
    NoSecret,
]
"""The code of a record in a source system: one to 64 characters, no spaces."""

Version = Annotated[int, Field(ge=1)]

Item = TypeVar("Item")


class PageQuery(RequestModel):
    """The query parameters of every list. A list with filters adds them in a subclass."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=500)] = None


class Page(BaseModel, Generic[Item]):
    """One page of a list, newest first; `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None


class FieldError(BaseModel):
    """One error in a request: the field, and what is wrong with it."""

    where: str
    what: str


class ProblemDetails(BaseModel):
    """An error in the format of RFC 9457. `code` is stable; `title` is in the language of the request."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    facts: dict[str, Any] = Field(description="The values in the sentence.")
    errors: list[FieldError] = Field(description="The errors of single fields; empty for other errors.")
