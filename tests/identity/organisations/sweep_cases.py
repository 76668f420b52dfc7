"""Cases of organisations in the permission sweep."""

from tests.identity.access.sweep.case import SECURITY, SOON, SYSTEM, Case, Who

POSTING = {"person_id": "{person_id}", "organisation_id": "{organisation_id}", "valid_from": SOON}
CASES = (
    Case("GET /v1/organisations", listed="organisation_id"),
    Case("GET /v1/organisations", listed="organisation_id", query={"parent_id": "{parent_id}"}),
    Case("GET /v1/organisations/{organisation_id}"),
    Case(
        "PUT /v1/organisations/{organisation_id}",
        {"family": "unit", "kind": "organ", "name": "新单位", "parent_id": "{organisation_id}"},
        new_id="organisation_id",
    ),
    Case("PUT /v1/organisations/{organisation_id}/description", {"name": "改名", "division_code": None}),
    Case("GET /v1/organisations/{organisation_id}/former-names"),
    Case(
        "PUT /v1/organisations/{organisation_id}/parent",
        {"parent_id": "{organisation_id}"},
        path={"organisation_id": "misplaced_id"},
        note="of an organisation below",
    ),
    Case(
        "PUT /v1/organisations/{organisation_id}/parent",
        {"parent_id": "{sister_id}"},
        path={"organisation_id": "misplaced_id"},
        who=Who.NOBODY,
        note="to a sister organisation",
    ),
    Case("PUT /v1/organisations/{organisation_id}/kind", {"kind": "institution"}),
    Case("GET /v1/organisation-anomalies", listed="misplaced_id", key="organisation_id"),
    Case(
        "GET /v1/organisation-anomalies",
        listed="misplaced_id",
        key="organisation_id",
        query={"organisation_id": "{misplaced_id}"},
    ),
    Case("GET /v1/organisation-links", listed="link_id"),
    Case("GET /v1/organisation-links", listed="link_id", query={"organisation_id": "{organisation_id}"}),
    Case(
        "PUT /v1/organisation-links/{link_id}",
        {"kind": "belongs_to", "from_id": "{misplaced_id}", "to_id": "{organisation_id}", "valid_from": SOON},
        new_id="link_id",
    ),
    Case("PUT /v1/organisation-links/{link_id}/end", {"valid_until": SOON}),
    Case("GET /v1/postings", listed="posting_id"),
    Case("GET /v1/postings", listed="posting_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/postings", listed="posting_id", query={"person_id": "{person_id}"}),
    Case("PUT /v1/postings/{posting_id}", POSTING | {"role": "cadre"}, new_id="posting_id", only=SYSTEM),
    Case(
        "PUT /v1/postings/{posting_id}",
        POSTING | {"role": "delegate", "delegate_of": "{leader_id}", "valid_until": "2027-01-01T00:00:00Z"},
        new_id="posting_id",
        only=SYSTEM,
        note="a delegate",
    ),
    Case(
        "PUT /v1/postings/{posting_id}",
        POSTING | {"role": "audit_administrator"},
        new_id="posting_id",
        only=SECURITY,
        note="an administrator",
    ),
    Case("PUT /v1/postings/{posting_id}/end", {"valid_until": SOON}, only=SYSTEM),
    Case("GET /v1/divisions", who=Who.HOLDER, is_once=True),
    Case("GET /v1/divisions/{code}", who=Who.HOLDER, is_once=True),
)
