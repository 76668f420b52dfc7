"""Cases of privacy in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /v1/me/data", who=Who.PERSON, is_once=True),
    Case("GET /v1/me/data/{table}", who=Who.PERSON, is_once=True),
    Case("GET /v1/notices", who=Who.HOLDER, is_once=True),
    Case("GET /v1/retention-rules", who=Who.HOLDER, is_once=True),
    Case("GET /v1/purges", who=Who.NOBODY, is_once=True),
)
