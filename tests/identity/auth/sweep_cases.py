"""Cases of auth in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case(
        "POST /v1/me/password-changes",
        {"login": "{new}", "password": "x", "new_password": "correct horse battery"},
        who=Who.NOBODY,
        note="with the login of another person",
        is_once=True,
    ),
    Case("GET /pages/devices", who=Who.PERSON, is_once=True),
    Case("POST /pages/devices/{device_id}/sign-out", who=Who.NOBODY),
    Case("POST /pages/devices/sign-out-others", who=Who.PERSON, is_once=True),
    Case("POST /pages/sign-out", who=Who.PERSON, is_once=True),
    Case("GET /v1/me/devices", listed="device_id", who=Who.NOBODY),
    Case("DELETE /v1/me/devices/{device_id}", who=Who.NOBODY),
    Case("POST /v1/me/device-revocations", who=Who.PERSON, is_once=True),
    Case("GET /v1/people/{person_id}/external-identities"),
    Case("PUT /v1/people/{person_id}/external-identities/{provider}", {"subject": "{new}"}),
    Case("DELETE /v1/people/{person_id}/external-identities/{provider}"),
    Case(
        "PUT /v1/service-clients/{client_id}",
        {"organisation_id": "{organisation_id}", "name": "接收系统"},
        new_id="client_id",
    ),
    Case("GET /v1/service-clients", listed="client_id"),
    Case("GET /v1/service-clients", listed="client_id", query={"organisation_id": "{organisation_id}"}),
    Case("POST /v1/service-clients/{client_id}/secrets"),
    Case("PUT /v1/service-clients/{client_id}/end"),
)
