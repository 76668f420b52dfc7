"""Cases of picker in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (Case("POST /v1/places/searches", {"text": "社区"}, who=Who.HOLDER, is_once=True),)
