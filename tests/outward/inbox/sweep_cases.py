"""Cases of inbox in the permission sweep."""

from service.identity.access.permissions import Permission
from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /pages/inbox", who=Who.HOLDER, is_once=True),
    Case("GET /v1/inbox", listed="item_id", needs=Permission.PROBLEM_HANDLE),
    Case(
        "GET /v1/inbox",
        listed="item_id",
        query={"organisation_id": "{organisation_id}"},
        needs=Permission.PROBLEM_HANDLE,
    ),
    Case("GET /v1/inbox/{item_id}", needs=Permission.PROBLEM_HANDLE),
    Case("GET /v1/inbox/{item_id}", path={"item_id": "own_item_id"}, who=Who.NOBODY, note="another person's own"),
)
