"""Cases of local rules in the permission sweep."""

from schemas.identity.organisations import Role
from tests.identity.access.sweep.case import SYSTEM, Case, Who

LOCAL_RULE = {
    "organisation_id": "{organisation_id}",
    "valid_from": "2026-11-22",
    "source": "县委办〔2026〕12号第八条",
}
CASES = (
    Case("GET /v1/local-rules/catalogue", who=Who.HOLDER, is_once=True),
    Case("GET /v1/local-rules/effective", who=Who.HOLDER, query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/local-rules", who=Who.HOLDER, listed="rule_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/local-rules/{rule_id}", who=Who.HOLDER),
    Case(
        "PUT /v1/local-rules/{rule_id}",
        LOCAL_RULE | {"key": "visit.record_open_days", "value": 12},
        new_id="rule_id",
        only=(Role.ORGAN_COMMITTEE_OFFICER, Role.WORK_COMMITTEE_OFFICER),
        note="of the officers",
    ),
    Case(
        "PUT /v1/local-rules/{rule_id}",
        LOCAL_RULE | {"key": "correction_request.decide_workdays", "value": 12},
        new_id="rule_id",
        only=SYSTEM,
        note="of the administrator",
    ),
)
