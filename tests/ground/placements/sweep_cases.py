"""Cases of placements in the permission sweep."""

from tests.identity.access.sweep.case import TERM, Case, Who

PLACEMENT = TERM | {
    "person_id": "{person_id}",
    "kind": "village_posting",
    "sending_id": "{organisation_id}",
    "host_id": "{top_id}",
    "topic": "驻村",
}
HOSTED = {"placement_id": "hosted_placement_id"}
CASES = (
    Case("GET /v1/placements", listed="placement_id"),
    Case("GET /v1/placements", listed="placement_id", query={"person_id": "{person_id}"}),
    Case("GET /v1/placements", listed="placement_id", query={"sending_id": "{organisation_id}"}),
    Case("GET /v1/placements", listed="hosted_placement_id", query={"host_id": "{organisation_id}"}),
    Case("GET /v1/placements/{placement_id}"),
    Case("GET /v1/placements/{placement_id}/earlier-reports"),
    Case("PUT /v1/placements/{placement_id}", PLACEMENT, new_id="placement_id"),
    Case("PUT /v1/placements/{placement_id}/end", {"reason": "另有任用"}),
    Case("PUT /v1/placements/{placement_id}/report", {"title": "报告", "summary": "所见"}, who=Who.NOBODY),
    Case("PUT /v1/placements/{placement_id}/adoption", {"is_adopted": True, "reason": "可行"}),
    Case("PUT /v1/placements/{placement_id}/appraisal", {"appraisal": "踏实"}, path=HOSTED),
    Case(
        "PUT /v1/placement-selections/{selection_id}",
        {"organisation_id": "{organisation_id}", "year": 2027, "criteria": {}},
        new_id="selection_id",
    ),
    Case("GET /v1/placement-selections", listed="selection_id"),
    Case("GET /v1/placement-selections", listed="selection_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/placement-selections/{selection_id}"),
    Case("GET /v1/placement-selections/{selection_id}/candidates"),
    Case(
        "PUT /v1/placement-selections/{selection_id}/decisions/{person_id}",
        {"decision": "deferred", "reason": "家中有事"},
    ),
    Case("GET /v1/placement-selections/{selection_id}/decisions/{person_id}"),
    Case("GET /v1/people/{person_id}/background"),
    Case("PUT /v1/people/{person_id}/background", {"birth_year": 1995, "grassroots_months": 3}),
)
