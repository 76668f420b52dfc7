"""Cases of people in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("PUT /v1/people/{person_id}", {"name": "新人", "organisation_id": "{organisation_id}"}, new_id="person_id"),
    Case("GET /v1/people/{person_id}"),
    Case("PUT /v1/people/{person_id}/credential", {"login": "{new}", "password": "correct horse battery"}),
    Case("DELETE /v1/people/{person_id}/lock"),
    Case("DELETE /v1/people/{person_id}/second-factor"),
    Case("DELETE /v1/people/{person_id}/credential"),
    Case("POST /v1/people/{person_id}/device-revocations"),
    Case("PUT /v1/me/consents/{purpose}", {"notice_version": "2026-1"}, who=Who.PERSON, is_once=True),
    Case("DELETE /v1/me/consents/{purpose}", who=Who.PERSON, is_once=True),
    Case("GET /v1/consents/notices", who=Who.HOLDER, is_once=True),
    Case("GET /v1/me/consents", who=Who.PERSON, is_once=True),
    Case(
        "PUT /v1/me/correction-requests/{request_id}",
        {"what": "姓名", "should_be": "另一个字"},
        who=Who.PERSON,
        new_id="request_id",
    ),
    Case("GET /v1/correction-requests", listed="request_id"),
    Case("GET /v1/correction-requests/{request_id}"),
    Case("PUT /v1/correction-requests/{request_id}/decision", {"is_accepted": False, "answer": "与证件一致"}),
    Case("PUT /v1/people/{person_id}/description", {"name": "改名"}),
)
