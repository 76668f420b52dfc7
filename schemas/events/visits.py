"""The events of visits, companions, drafts and corrections."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, PLACE_EXAMPLE_ID, VISIT_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class VisitCheckedIn(Payload):
    """A person checked in at a place."""

    place_id: UUID
    person_id: UUID


class VisitRecorded(Payload):
    """The record of a visit was written or changed."""

    place_id: UUID
    version: int


class VisitCheckedOut(Payload):
    """The visitor checked out."""

    place_id: UUID
    person_id: UUID
    checked_out_at: datetime


class VisitClosed(Payload):
    """The visit was closed automatically."""

    place_id: UUID
    person_id: UUID
    ended_by: str


class VisitAcknowledged(Payload):
    """The place acknowledged the visit."""

    place_id: UUID


class CompanionPayload(Payload):
    """A companion was notified, or declined."""

    visit_id: UUID
    person_id: UUID


class VisitDraftPayload(Payload):
    """A delegate recorded a visit for a leader, or the leader confirmed it."""

    visit_id: UUID


class VisitCorrectionPayload(Payload):
    """A correction was requested or decided on."""

    visit_id: UUID
    state: str


VISITOR_SIDE = (Receiver.PERSON, Receiver.HOME_UNIT)
PLACE_EXAMPLE = {"place_id": str(PLACE_EXAMPLE_ID)}
VISIT_EXAMPLE = {"visit_id": str(VISIT_EXAMPLE_ID)}
DESCRIBED = (
    {
        EventName.VISIT_CHECKED_IN: Described(
            VisitCheckedIn,
            "走访开始",
            VISITOR_SIDE,
            example={**PLACE_EXAMPLE, "person_id": str(PERSON_EXAMPLE_ID)},
            exceptions="the place receives it only when the visit has ended",
        ),
        EventName.VISIT_RECORDED: Described(
            VisitRecorded, "走访记录", VISITOR_SIDE, example={**PLACE_EXAMPLE, "version": 2}
        ),
        EventName.VISIT_CHECKED_OUT: Described(
            VisitCheckedOut,
            "走访结束",
            (*VISITOR_SIDE, Receiver.PLACE),
            outward=True,
            example={
                "place_id": str(PLACE_EXAMPLE_ID),
                "person_id": str(PERSON_EXAMPLE_ID),
                "checked_out_at": "2026-11-22T03:10:00Z",
            },
        ),
        EventName.VISIT_CLOSED: Described(
            VisitClosed,
            "走访自动结束",
            (*VISITOR_SIDE, Receiver.PLACE),
            outward=True,
            example={**PLACE_EXAMPLE, "person_id": str(PERSON_EXAMPLE_ID), "ended_by": "forgotten"},
        ),
        EventName.VISIT_CORRECTED: Described(
            VisitRecorded, "走访更正", VISITOR_SIDE, example={**PLACE_EXAMPLE, "version": 4}
        ),
        EventName.VISIT_ACKNOWLEDGED: Described(VisitAcknowledged, "走访点确认", VISITOR_SIDE, example=PLACE_EXAMPLE),
        EventName.VISIT_CORRECTION_REQUESTED: Described(
            VisitCorrectionPayload, "更正申请", VISITOR_SIDE, example={**VISIT_EXAMPLE, "state": "requested"}
        ),
        EventName.VISIT_CORRECTION_DECIDED: Described(
            VisitCorrectionPayload, "更正决定", VISITOR_SIDE, example={**VISIT_EXAMPLE, "state": "accepted"}
        ),
    }
    | {
        name: Described(
            CompanionPayload,
            zh,
            (Receiver.PERSON,),
            example={**VISIT_EXAMPLE, "person_id": str(PERSON_EXAMPLE_ID)},
        )
        for name, zh in {
            EventName.VISIT_COMPANION_NOTIFIED: "同行告知",
            EventName.VISIT_COMPANION_DECLINED: "同行否认",
        }.items()
    }
    | {
        name: Described(VisitDraftPayload, zh, (Receiver.PERSON,), example=VISIT_EXAMPLE)
        for name, zh in {
            EventName.VISIT_DRAFT_WRITTEN: "联络员代写走访记录",
            EventName.VISIT_DRAFT_CONFIRMED: "领导确认走访记录",
        }.items()
    }
)
