"""Cases of visits in the permission sweep."""

from tests.identity.access.sweep.case import SOON, Case, Who

STAY = {"place_id": "{place_id}", "checked_in_at": "2026-11-21T01:00:00Z", "checked_out_at": "2026-11-21T02:00:00Z"}
RECORD = {"purpose": "help", "people_met": 1}
CASES = (
    Case("GET /v1/visits", listed="visit_id"),
    Case("GET /v1/visits", listed="visit_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/visits/{visit_id}"),
    Case(
        "PUT /v1/visits/{visit_id}",
        {"place_id": "{place_id}", "checked_in_at": SOON},
        who=Who.HOLDER,
        new_id="visit_id",
    ),
    Case(
        "PUT /v1/visits/{visit_id}",
        {"place_id": "{place_id}", "checked_in_at": SOON, "organisation_id": "{organisation_id}"},
        who=Who.POSTED,
        new_id="visit_id",
        note="for an organisation",
    ),
    Case("PUT /v1/visits/{visit_id}/check-out", {"checked_out_at": SOON}, who=Who.NOBODY),
    Case("GET /v1/presence-rules", who=Who.HOLDER, is_once=True),
    Case("GET /v1/visit-purposes", who=Who.HOLDER, is_once=True),
    Case(
        "PUT /v1/visit-purposes/{code}",
        {"name": "目的", "name_en": "Purpose"},
        who=Who.NOBODY,
        path={"code": "category"},
        is_once=True,
    ),
    Case(
        "PUT /v1/visits/{visit_id}/record",
        RECORD | {"companions": ["{person_id}"]},
        who=Who.NOBODY,
        note="with a companion",
    ),
    Case(
        "PUT /v1/visits/{visit_id}/late-entry",
        RECORD | STAY | {"companions": ["{person_id}"]},
        who=Who.HOLDER,
        new_id="visit_id",
    ),
    Case(
        "PUT /v1/visits/{visit_id}/late-entry",
        RECORD | STAY | {"organisation_id": "{organisation_id}"},
        who=Who.POSTED,
        new_id="visit_id",
        note="for an organisation",
    ),
    Case("GET /v1/visit-drafts", listed="draft_id", who=Who.NOBODY),
    Case(
        "PUT /v1/visit-drafts/{visit_id}",
        RECORD | STAY | {"leader_id": "{leader_id}"},
        who=Who.POSTED,
        new_id="visit_id",
    ),
    Case(
        "PUT /v1/visit-drafts/{visit_id}",
        RECORD | STAY | {"leader_id": "{person_id}", "companions": ["{person_id}"]},
        who=Who.NOBODY,
        new_id="visit_id",
        note="for a person who is not a leader",
    ),
    Case(
        "PUT /v1/visit-drafts/{visit_id}",
        RECORD | STAY | {"leader_id": "{leader_id}", "organisation_id": "{sister_id}"},
        who=Who.NOBODY,
        new_id="visit_id",
        note="for an organisation that is not the leader's",
    ),
    Case("PUT /v1/visit-drafts/{visit_id}/record", RECORD | {"companions": ["{person_id}"]}, who=Who.NOBODY),
    Case("PUT /v1/visit-drafts/{visit_id}/confirmation", who=Who.NOBODY),
    Case("PUT /v1/visits/{visit_id}/decline", who=Who.NOBODY),
    Case("PUT /v1/visits/{visit_id}/acknowledgement"),
    Case(
        "PUT /v1/visits/{visit_id}/corrections/{correction_id}",
        {"people_met": 2, "reason": "记错"},
        who=Who.NOBODY,
        new_id="correction_id",
    ),
    Case("GET /v1/visit-corrections", listed="correction_id"),
    Case("GET /v1/visit-corrections", listed="correction_id", query={"visit_id": "{visit_id}"}),
    Case("PUT /v1/visit-corrections/{correction_id}/decision", {"is_accepted": False, "reason": "不符"}),
)
