"""Cases of events in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /v1/feed", listed="organisation_id", key="subject_id"),
    Case("GET /v1/events/catalogue", who=Who.HOLDER, is_once=True),
)
