"""Persons and their consents as they cross the wire."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from stdnum.cn import ric

from schemas.foundation.common import Filled, Line, RequestModel, ResponseModel, SourceCode, Timestamp


class ConsentPurpose(StrEnum):
    """What a person may agree to; each can be withdrawn at any time (DESIGN §2.8)."""

    KEEP_POSITIONS = "keep_positions"
    SHOW_IDENTITY = "show_identity"
    """亮身份: shown as a Party member where one lives."""
    PUBLISH = "publish"
    """Named in exemplars and other publications (PIPL 25)."""


class ConsentState(StrEnum):
    """Whether a consent still holds."""

    IN_FORCE = "in_force"
    TO_BE_RENEWED = "to_be_renewed"
    """In force, but the notice has changed since: read the new one and give the consent again before it lapses."""
    ENDED = "ended"


class ConsentEnd(StrEnum):
    """Why a consent ended."""

    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"
    """Another took its place, given on a newer notice."""
    LAPSED = "lapsed"
    """It was not renewed in time after its notice had changed."""


def _no_identity_number(number: str) -> str:
    if len(number) == 18 and ric.is_valid(number):
        raise PydanticCustomError("identity_number", "An identity number may not serve as staff number (least data)")
    return number


StaffNumber = Annotated[SourceCode, AfterValidator(_no_identity_number)]
"""工号: by which a personnel system knows a person; never the identity number (PIPL 6)."""


class PersonCreate(RequestModel):
    """A person to create, with the organisation whose administrator does it."""

    name: Line
    organisation_id: UUID
    staff_number: StaffNumber | None = None
    """Unique; what imports find the person by."""


class PersonOut(ResponseModel):
    """A person. Reading somebody else is written to the access log."""

    id: UUID
    name: str
    staff_number: str | None
    created_at: Timestamp
    version: int


class ConsentUpdate(RequestModel):
    """The version of the notice that was shown to the person."""

    notice_version: Line


class ConsentOut(ResponseModel):
    """A consent and, if it ended, when and why."""

    id: UUID
    person_id: UUID
    purpose: ConsentPurpose
    notice_version: str
    given_at: Timestamp
    withdrawn_at: Timestamp | None
    """When it ended, for whatever reason."""
    ended_because: ConsentEnd | None
    state: ConsentState
    renew_by: date | None
    """The last day on which it holds (Beijing) unless given again; null while its notice is current."""
    version: int


class NoticeText(ResponseModel):
    """What a person is told before consenting, in one language (PIPL 17, 30)."""

    what: str
    why: str
    how_long: str
    effect: str
    """What consenting, refusing and withdrawing mean for the person."""


class NoticeOut(ResponseModel):
    """One version of the notice of a purpose."""

    purpose: ConsentPurpose
    version: str
    from_day: date
    is_current: bool
    older_hold_until: date
    """Consents given on older versions lapse after this day (Beijing)."""
    zh: NoticeText
    en: NoticeText


class NoticesOut(ResponseModel):
    """Every version there was, newest first within a purpose."""

    items: list[NoticeOut]


class PersonUpdate(RequestModel):
    """What may be changed of a person."""

    name: Line
    staff_number: StaffNumber | None = None
    """Left out, it stays what it is."""


class CorrectionState(StrEnum):
    """Where a request for correction stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CorrectionRequestCreate(RequestModel):
    """What is wrong or missing about oneself, and what it should be (PIPL 46)."""

    what: Filled
    should_be: Filled


class CorrectionRequestDecision(RequestModel):
    """The decision and its reason; for an accepted one: who changes it, and where."""

    is_accepted: bool
    answer: Filled


class CorrectionRequestOut(ResponseModel):
    """A request for correction with its decision."""

    id: UUID
    person_id: UUID
    organisation_id: UUID | None
    """The organisation whose administrator decides; null: that of the jurisdiction."""
    what: str
    should_be: str
    state: CorrectionState
    submitted_at: Timestamp
    decide_by: Timestamp | None
    """Null once it is decided."""
    decided_at: Timestamp | None
    decided_by: UUID | None
    answer: str | None
    version: int
