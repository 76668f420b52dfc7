"""Cases of briefings in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (Case("GET /v1/places/{place_id}/briefing", who=Who.HOLDER),)
