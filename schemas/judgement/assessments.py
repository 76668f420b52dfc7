"""Request and response models of assessments: cycles, dossiers, figures, evidence. No score, no grade."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Line, RequestModel, ResponseModel, Timestamp


class CycleState(StrEnum):
    """State of a cycle: collecting → frozen. The handover is recorded per dossier."""

    COLLECTING = "collecting"
    FROZEN = "frozen"


class CycleCreate(RequestModel):
    """A new cycle over the persons posted in an organisation and below."""

    name: Line
    organisation_id: UUID
    receiver_id: UUID
    """The organisation with personnel authority that receives the dossiers."""
    from_day: Day
    until_day: Day
    """The last day included, Beijing time."""


class CycleOut(ResponseModel):
    """An assessment cycle."""

    id: UUID
    name: str
    organisation_id: UUID
    receiver_id: UUID
    from_day: date
    until_day: date
    state: CycleState
    freezing_at: Timestamp | None
    """When the freeze started. Every dossier is computed as of this time."""
    frozen_at: Timestamp | None
    """When the last dossier was written."""
    version: int


class FigureBasis(StrEnum):
    """What a figure is based on. It is never the statement of the assessed person."""

    RESIDENT = "resident"
    """Ratings by residents through the private link."""
    RECORD = "record"
    """Recorded times."""


class Figure(ResponseModel):
    """One indicator of one person."""

    code: str
    name: str
    unit: str
    definition_version: int
    basis: FigureBasis
    value: float | None
    """Null if there is no evidence to compute it from."""
    evidence: Annotated[int, Field(ge=0)]
    """The number of evidence rows."""


class EvidenceOut(ResponseModel):
    """One evidence row of a figure: an event and the link to its subject."""

    event_id: UUID
    event_name: str
    subject_id: UUID
    occurred_at: Timestamp
    value: float
    link: str | None


class DossierOut(ResponseModel):
    """The dossier of a person: computed while the cycle is collecting, then the signed snapshot."""

    cycle_id: UUID
    person_id: UUID
    as_of: Timestamp
    """The time as of which it is computed."""
    figures: list[Figure]
    sha256: str | None
    frozen_at: Timestamp | None
    jws: str | None
    """The signed snapshot (compact JWS, ES256), verifiable offline with the published key."""
    handed_over_at: Timestamp | None


class Receipt(RequestModel):
    """The receipt of the receiver: SHA-256 of the received file, in hex."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReceiptOut(ResponseModel):
    """The recorded receipt."""

    cycle_id: UUID
    dossiers: int
    """The number of dossiers in the file."""
    received_at: Timestamp
