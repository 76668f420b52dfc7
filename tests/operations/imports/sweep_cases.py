"""Cases of imports in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /v1/imports", listed="import_id"),
    Case(
        "PUT /v1/imports/{import_id}",
        {"kind": "people", "mode": "good_rows", "organisation_id": "{organisation_id}"},
        new_id="import_id",
    ),
    Case("PUT /v1/imports/{import_id}/file", {"not": "a table"}, who=Who.NOBODY),
    Case("PUT /v1/imports/{import_id}/confirmation", {}),
    Case("GET /v1/imports/{import_id}"),
    Case("GET /v1/imports/{import_id}/rows"),
    Case("GET /v1/imports/{import_id}/results.csv"),
    Case("DELETE /v1/imports/{import_id}"),
)
