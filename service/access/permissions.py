"""What can be permitted: `noun:verb`, one vocabulary."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing somebody may do; who may, and how far it reaches, stands in `roles.py`."""

    ORGANISATION_READ = "organisation:read"
    ORGANISATION_WRITE = "organisation:write"
    POSTING_READ = "posting:read"
    POSTING_WRITE = "posting:write"
    DIVISION_READ = "division:read"
    PERSON_READ = "person:read"
    PERSON_WRITE = "person:write"
    CONSENT_WRITE = "consent:write"
    PLACE_READ = "place:read"
    PLACE_WRITE = "place:write"
    VISIT_READ = "visit:read"
    VISIT_WRITE = "visit:write"
    FEED_READ = "feed:read"
    ENDPOINT_READ = "endpoint:read"
    ENDPOINT_WRITE = "endpoint:write"
    SERVICE_CLIENT_WRITE = "service_client:write"
