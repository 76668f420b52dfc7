"""Cases of promises in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

PROMISE = {"place_id": "{place_id}", "content": "一周内修好", "due_on": "2026-12-31"}
CASES = (
    Case("GET /v1/promises", listed="promise_id"),
    Case("GET /v1/promises", listed="promise_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/promises", listed="promise_id", query={"owner_id": "{person_id}"}),
    Case("GET /v1/promises", listed="promise_id", query={"visit_id": "{visit_id}"}),
    Case("GET /v1/promises/{promise_id}"),
    Case(
        "PUT /v1/promises/{promise_id}",
        PROMISE | {"owner_id": "{person_id}"},
        who=Who.HOLDER,
        new_id="promise_id",
        note="with another owner",
    ),
    Case(
        "PUT /v1/promises/{promise_id}",
        PROMISE | {"visit_id": "{visit_id}"},
        who=Who.NOBODY,
        new_id="promise_id",
        note="in another's visit",
    ),
    Case("PUT /v1/promises/{promise_id}/keeping", {"outcome": "修好了"}, who=Who.NOBODY),
    Case("PUT /v1/promises/{promise_id}/explanation", {"outcome": "修不了"}, who=Who.NOBODY),
)
