"""Cases of contact points in the permission sweep."""

from tests.identity.access.sweep.case import TERM, Case, Who

CONTACT_POINT = TERM | {
    "leader_id": "{person_id}",
    "organisation_id": "{organisation_id}",
    "place_id": "{place_id}",
    "purpose": "联系群众",
}
CASES = (
    Case("GET /v1/contact-points", listed="contact_point_id"),
    Case("GET /v1/contact-points", listed="contact_point_id", query={"leader_id": "{leader_id}"}),
    Case("GET /v1/contact-points", listed="contact_point_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/contact-points", listed="contact_point_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/contact-points/{contact_point_id}"),
    Case("PUT /v1/contact-points/{contact_point_id}", CONTACT_POINT, new_id="contact_point_id"),
    Case(
        "PUT /v1/contact-points/{contact_point_id}",
        CONTACT_POINT | {"succeeds_id": "{handed_over_id}"},
        new_id="contact_point_id",
        note="succeeding another contact point",
    ),
    Case("PUT /v1/contact-points/{contact_point_id}/end", {"reason": "调离"}),
    Case("PUT /v1/contact-points/{contact_point_id}/opinion", {"opinion": "常来"}),
    Case("GET /v1/contact-points/{contact_point_id}/own-state", who=Who.NOBODY),
    Case("GET /v1/contact-points/{contact_point_id}/households", who=Who.NOBODY),
    Case(
        "PUT /v1/contact-points/{contact_point_id}/households/{household_id}",
        {"contact": {"name": "某户", "phone": "13800138000"}, "agreed_on": "2026-11-20", "notice_version": "1"},
        who=Who.NOBODY,
        new_id="household_id",
    ),
    Case("DELETE /v1/contact-points/{contact_point_id}/households/{household_id}", who=Who.NOBODY),
)
