"""Cases of reports in the permission sweep."""

from tests.identity.access.sweep.case import Case, Who

CASES = (
    Case("GET /v1/residence-reports", listed="report_id"),
    Case("GET /v1/residence-reports", listed="report_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/residence-reports/{report_id}"),
    Case(
        "PUT /v1/residence-reports/{report_id}",
        {"organisation_id": "{organisation_id}"},
        who=Who.PERSON,
        new_id="report_id",
    ),
    Case("PUT /v1/residence-reports/{report_id}/confirmation"),
    Case("PUT /v1/residence-reports/{report_id}/return", {"reason": "查无此人"}),
    Case("PUT /v1/residence-reports/{report_id}/end", {"reason": "搬家"}, who=Who.NOBODY),
)
