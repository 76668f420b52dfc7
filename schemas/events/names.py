"""Every event there is, `<word>.<past tense>`. Names are a contract: added, never changed."""

from enum import StrEnum


class EventName(StrEnum):
    """The part before the dot is the table of the event's subject."""

    ORGANISATION_CREATED = "organisation.created"
    ORGANISATION_CHANGED = "organisation.changed"
    POSTING_STARTED = "posting.started"
    POSTING_ENDED = "posting.ended"
    DIVISIONS_IMPORTED = "division_import.finished"
    PERSON_CREATED = "person.created"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CREDENTIAL_SET = "credential.set"
    SERVICE_CLIENT_CREATED = "service_client.created"
    PLACE_CREATED = "place.created"
    PLACE_CHANGED = "place.changed"
    FENCE_SET = "fence.set"
    FENCE_RETIRED = "fence.retired"
    VISIT_CHECKED_IN = "visit.checked_in"
    VISIT_RECORDED = "visit.recorded"
    VISIT_CHECKED_OUT = "visit.checked_out"
    ENDPOINT_CREATED = "endpoint.created"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_SECRET_ADDED = "endpoint.secret_added"  # noqa: S105 - a name of an event, not a secret
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_ENABLED = "endpoint.enabled"
