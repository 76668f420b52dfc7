"""Cases of assessments in the permission sweep."""

from tests.identity.access.sweep.case import Case

CYCLE = {"name": "年度考核", "from_day": "2026-01-01", "until_day": "2026-12-31", "receiver_id": "{organisation_id}"}
FROZEN = {"cycle_id": "frozen_cycle_id"}
CASES = (
    Case("GET /v1/assessment-cycles", listed="cycle_id"),
    Case("GET /v1/assessment-cycles/{cycle_id}"),
    Case("PUT /v1/assessment-cycles/{cycle_id}", CYCLE | {"organisation_id": "{organisation_id}"}, new_id="cycle_id"),
    Case("POST /v1/assessment-cycles/{cycle_id}/freeze"),
    Case("GET /v1/assessment-cycles/{cycle_id}/dossiers/{person_id}", path=FROZEN),
    Case(
        "GET /v1/assessment-cycles/{cycle_id}/dossiers/{person_id}/indicators/{code}/evidence",
        path=FROZEN | {"code": "indicator"},
    ),
    Case("GET /v1/assessment-cycles/{cycle_id}/handover", path=FROZEN),
    Case("PUT /v1/assessment-cycles/{cycle_id}/receipt", {"sha256": "0" * 64}, path=FROZEN),
)
