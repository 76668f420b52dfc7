"""Cases of coverage in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /v1/coverage/places", listed="unvisited_id"),
    Case("GET /v1/coverage/contact-points", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/coverage/divisions", who=Who.HOLDER, is_once=True),
    Case(
        "GET /v1/coverage/concentration",
        who=Who.HOLDER,
        query={"from_on": "2026-01-01", "until_on": "2026-12-31"},
        is_once=True,
    ),
)
