"""Cases of closing in the permission sweep."""

from tests.identity.access.sweep.case import Case

CASES = (
    Case("GET /v1/organisations/{organisation_id}/open-references"),
    Case(
        "PUT /v1/organisations/{organisation_id}/closure",
        {"successor_id": "{organisation_id}"},
        path={"organisation_id": "misplaced_id"},
    ),
)
