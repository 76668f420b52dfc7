"""Cases of transcriptions in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (Case("POST /v1/transcriptions", {"not": "a voice"}, who=Who.HOLDER, is_once=True),)
