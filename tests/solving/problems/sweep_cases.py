"""Cases of problems in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

PROBLEM = {"place_id": "{place_id}", "category_code": "swept", "description": "路灯不亮"}
CASES = (
    Case("GET /v1/problems", listed="problem_id"),
    Case("GET /v1/problems", listed="problem_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/problems", listed="problem_id", query={"owner_id": "{organisation_id}"}),
    Case("GET /v1/problems/{problem_id}"),
    Case("PUT /v1/problems/{problem_id}", PROBLEM, who=Who.HOLDER, new_id="problem_id"),
    Case(
        "PUT /v1/problems/{problem_id}",
        PROBLEM | {"visit_id": "{visit_id}"},
        who=Who.NOBODY,
        new_id="problem_id",
        note="in another's visit",
    ),
    Case(
        "PUT /v1/problems/{problem_id}",
        PROBLEM | {"accused_ids": ["{organisation_id}"]},
        who=Who.HOLDER,
        new_id="problem_id",
        note="an accusation",
    ),
    Case("PUT /v1/problems/{problem_id}/owner", {"organisation_id": "{sister_id}"}),
    Case("PUT /v1/problems/{problem_id}/acceptance"),
    Case("PUT /v1/problems/{problem_id}/answer", {"outcome": "solved", "answer": "已办"}),
    Case("PUT /v1/problems/{problem_id}/closure"),
    Case(
        "PUT /v1/problems/{problem_id}/rating",
        {"satisfaction": "satisfied", "visit_id": "{visit_id}"},
        who=Who.NOBODY,
    ),
    Case("POST /v1/problems/{problem_id}/reveals", {"reason": "上门前联系"}),
    Case("GET /v1/problem-categories", who=Who.HOLDER, is_once=True),
    Case(
        "PUT /v1/problem-categories/{code}",
        {"name": "类", "respond_days": 1, "solve_days": 2},
        who=Who.NOBODY,
        path={"code": "category"},
        is_once=True,
    ),
    Case("GET /v1/problem-categories/{code}/versions", who=Who.HOLDER, path={"code": "category"}, is_once=True),
    Case("GET /v1/problem-routes/{route_id}/versions", who=Who.HOLDER, is_once=True),
    Case(
        "PUT /v1/problem-routes/{route_id}",
        {"category_code": "swept", "division_code": "{code}", "organisation_id": "{organisation_id}"},
        who=Who.NOBODY,
        new_id="route_id",
    ),
    Case("POST /v1/problems/lookups", {"phone": "13912345678", "reason": "来电询问"}, who=Who.HOLDER, is_once=True),
)
