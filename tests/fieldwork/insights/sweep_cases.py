"""Cases of insights in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

INSIGHT = {"place_id": "{place_id}", "kind": "opinion", "category_code": "swept", "content": "路灯不亮"}
PERIOD = {"from_on": "2026-10-01", "until_on": "2026-10-31"}
CASES = (
    Case("GET /v1/insights", listed="insight_id"),
    Case("GET /v1/insights", listed="insight_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/insights", listed="insight_id", query={"visit_id": "{visit_id}"}),
    Case("GET /v1/insights", listed="insight_id", query={"routed_to": "{organisation_id}"}),
    Case("GET /v1/insights/{insight_id}"),
    Case("PUT /v1/insights/{insight_id}", INSIGHT, who=Who.HOLDER, new_id="insight_id"),
    Case(
        "PUT /v1/insights/{insight_id}",
        INSIGHT | {"visit_id": "{visit_id}"},
        who=Who.NOBODY,
        new_id="insight_id",
        note="in another's visit",
    ),
    Case("PUT /v1/insights/{insight_id}/routing", {"organisation_id": "{sister_id}"}),
    Case("PUT /v1/insights/{insight_id}/decision", {"is_adopted": True, "reason": "可行"}),
    Case("GET /v1/insight-digest", who=Who.HOLDER, query=PERIOD, is_once=True),
)
