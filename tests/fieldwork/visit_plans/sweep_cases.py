"""Cases of visit plans in the permission sweep."""

from tests.identity.access.sweep.case import SOON, Case, Who

PLAN = {"place_id": "{place_id}", "from_at": SOON, "until_at": "2026-11-23T11:00:00Z", "is_announced": True}
CASES = (
    Case("GET /v1/places/{place_id}/calendar", query={"from_on": "2026-11-22", "until_on": "2026-11-23"}),
    Case("GET /v1/visit-plans", listed="plan_id"),
    Case("GET /v1/visit-plans", listed="plan_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/visit-plans/{plan_id}"),
    Case("PUT /v1/visit-plans/{plan_id}", PLAN, who=Who.HOLDER, new_id="plan_id"),
    Case(
        "PUT /v1/visit-plans/{plan_id}",
        PLAN | {"organisation_id": "{organisation_id}"},
        who=Who.POSTED,
        new_id="plan_id",
        note="for an organisation",
    ),
    Case("PUT /v1/visit-plans/{plan_id}/cancellation", {"reason": "值班"}, who=Who.NOBODY),
)
