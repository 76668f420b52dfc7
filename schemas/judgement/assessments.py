"""The assessment feed as it crosses the wire: cycle, dossier, indicators with their evidence. No score, no grade."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Line, RequestModel, ResponseModel, Timestamp


class CycleState(StrEnum):
    """collecting → frozen. Hand-over is per dossier."""

    COLLECTING = "collecting"
    FROZEN = "frozen"


class CycleCreate(RequestModel):
    """A cycle over the persons posted in an organisation and below it."""

    name: Line
    organisation_id: UUID
    receiver_id: UUID
    """The organ with personnel authority that the dossiers are handed over to."""
    from_day: Day
    until_day: Day
    """The last day that counts, Beijing time."""


class CycleOut(ResponseModel):
    """A cycle."""

    id: UUID
    name: str
    organisation_id: UUID
    receiver_id: UUID
    from_day: date
    until_day: date
    state: CycleState
    freezing_at: Timestamp | None
    """When the freeze began; every dossier holds what was known at that moment."""
    frozen_at: Timestamp | None
    """When the last dossier was written."""
    version: int


class FigureBasis(StrEnum):
    """Whose word a figure rests on; never that of whoever is assessed."""

    RESIDENT = "resident"
    """The resident's own word, through the private link."""
    RECORD = "record"
    """Moments on record."""


class Figure(ResponseModel):
    """One indicator of one person, outcomes only; `evidence` counts the rows behind it."""

    code: str
    name: str
    unit: str
    definition_version: int
    basis: FigureBasis
    value: float | None
    """Null where there is nothing to count from."""
    evidence: Annotated[int, Field(ge=0)]


class EvidenceOut(ResponseModel):
    """One row behind a figure: the event that happened, and where to read its subject."""

    event_id: UUID
    event_name: str
    subject_id: UUID
    occurred_at: Timestamp
    value: float
    link: str | None


class DossierOut(ResponseModel):
    """A person's dossier. While collecting it is computed; once frozen it is the signed snapshot."""

    cycle_id: UUID
    person_id: UUID
    as_of: Timestamp
    """The moment whose knowledge it holds."""
    figures: list[Figure]
    sha256: str | None
    frozen_at: Timestamp | None
    jws: str | None
    """The signed snapshot (compact JWS, ES256), verifiable offline with the published key."""
    handed_over_at: Timestamp | None


class Receipt(RequestModel):
    """The receiver's acknowledgement: the SHA-256 of the lines it received, in hex."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReceiptOut(ResponseModel):
    """The receipt as recorded."""

    cycle_id: UUID
    dossiers: int
    received_at: Timestamp
