"""Requests and answers of persons, consents, notices and requests for correction."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from stdnum.cn import ric

from schemas.foundation.common import Filled, Line, PageQuery, RequestModel, ResponseModel, SourceCode, Timestamp


class ConsentPurpose(StrEnum):
    """What a person may consent to. Each consent can be withdrawn at any time (DESIGN §2.8)."""

    KEEP_POSITIONS = "keep_positions"


class ConsentState(StrEnum):
    """The state of a consent."""

    IN_FORCE = "in_force"
    TO_BE_RENEWED = "to_be_renewed"
    """In force, but the notice has changed: read the new one and consent again before this consent lapses."""
    ENDED = "ended"


class ConsentEnd(StrEnum):
    """Why a consent ended."""

    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"
    """A consent on a newer notice replaced it."""
    LAPSED = "lapsed"
    """It was not renewed in time after its notice had changed."""


def _no_identity_number(number: str) -> str:
    if len(number) == 18 and ric.is_valid(number):
        raise PydanticCustomError(
            "identity_number", "An identity number cannot be a staff number. Use the number of the personnel system"
        )
    return number


StaffNumber = Annotated[SourceCode, AfterValidator(_no_identity_number)]
"""工号 of the personnel system; never the identity number (PIPL 6)."""


class PersonCreate(RequestModel):
    """A person to create, with the organisation of the administrator who creates it."""

    name: Line
    organisation_id: UUID
    staff_number: StaffNumber | None = None
    """Unique. Imports find the person by it."""


class PersonOut(ResponseModel):
    """A person."""

    id: UUID
    name: str
    staff_number: str | None
    created_at: Timestamp
    version: int


class ConsentUpdate(RequestModel):
    """A consent, with the version of the notice that was shown to the person."""

    notice_version: Line


class ConsentOut(ResponseModel):
    """A consent and, if it ended, when and why."""

    id: UUID
    person_id: UUID
    purpose: ConsentPurpose
    notice_version: str
    given_at: Timestamp
    withdrawn_at: Timestamp | None
    """When the consent ended, for any reason."""
    ended_because: ConsentEnd | None
    state: ConsentState
    renew_by: date | None
    """The last day on which the consent is valid (Beijing time); null while its notice is current."""
    version: int


class NoticeText(ResponseModel):
    """The text that a person reads before consenting, in one language (PIPL 17, 30)."""

    what: str
    why: str
    how_long: str
    effect: str
    """The consequences of consenting, refusing and withdrawing."""


class NoticeOut(ResponseModel):
    """One version of the notice of a purpose."""

    purpose: ConsentPurpose
    version: str
    from_day: date
    is_current: bool
    older_hold_until: date
    """Consents on older versions lapse after this day (Beijing time)."""
    zh: NoticeText
    en: NoticeText


class NoticesOut(ResponseModel):
    """Every version of the notices, newest first within a purpose."""

    items: list[NoticeOut]


class PersonUpdate(RequestModel):
    """The fields of a person that may be changed."""

    name: Line
    staff_number: StaffNumber | None = None
    """Without a value, the staff number stays as it is."""


class CorrectionState(StrEnum):
    """The state of a request for correction."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class CorrectionRequestCreate(RequestModel):
    """What is wrong or missing in your personal data, and what is correct (PIPL 46)."""

    what: Filled
    should_be: Filled


class CorrectionRequestDecision(RequestModel):
    """The decision and its reason.

    For an accepted request, the answer says who changes the data, and where.
    """

    is_accepted: bool
    answer: Filled


class CorrectionRequestOut(ResponseModel):
    """A request for correction with its decision."""

    id: UUID
    person_id: UUID
    organisation_id: UUID | None
    """The organisation whose administrator decides; null means the jurisdiction."""
    what: str
    should_be: str
    state: CorrectionState
    submitted_at: Timestamp
    decide_by: Timestamp | None
    """The deadline of the decision; null after it."""
    decided_at: Timestamp | None
    decided_by: UUID | None
    answer: str | None
    version: int


class CorrectionRequestQuery(PageQuery):
    """Filters of the list of requests for correction."""

    state: CorrectionState | None = None
