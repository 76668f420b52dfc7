"""Where the subject of an event is read: the link in the feed and in webhooks."""

from uuid import UUID

from schemas.events import EventName

PATHS = {
    "organisation": "organisations",
    "person": "people",
    "local_rule": "local-rules",
    "place": "places",
    "contact_point": "contact-points",
    "placement": "placements",
    "placement_selection": "placement-selections",
    "insight": "insights",
    "promise": "promises",
    "visit": "visits",
    "visit_plan": "visit-plans",
    "problem": "problems",
    "residence_report": "residence-reports",
    "assessment_cycle": "assessment-cycles",
    "endpoint": "endpoints",
    "correction_request": "correction-requests",
    "inbox_item": "inbox",
}
"""The word before the dot of an event's name, and where its subject stands under `/v1`."""


def link(public_url: str, name: EventName, subject_id: UUID) -> str | None:
    """The address of an event's subject; None where the subject has no page of its own."""
    path = PATHS.get(name.value.partition(".")[0])
    return f"{public_url.rstrip('/')}/v1/{path}/{subject_id}" if path else None
