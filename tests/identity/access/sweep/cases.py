"""The cases of the sweep: at least one for each route and each id parameter. A new route without a case fails.

`{word}` stands for a word of the target (see `county.Targets`); a path parameter is a word too. Changes are sent with a
stale If-Match, so a permitted one is answered 412 and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from schemas.identity.organisations import Role
from service.identity.access.permissions import Permission


class Who(Enum):
    """Which actors the route lets in."""

    PERMISSIONS = "holders of the permission, within its reach"
    """The target must be in the reach that `service/identity/access/roles.py` gives the role."""
    HOLDER = "holders of the permission, for any target"
    POSTED = "holders of the permission, for the organisation of their posting"
    PERSON = "every person, for own records"
    NOBODY = "none of these actors: the record is another person's or the whole jurisdiction's"


@dataclass(frozen=True)
class Case:
    """One call of a route for a target."""

    route: str
    """Method and path template."""
    body: Any = None
    who: Who = Who.PERMISSIONS
    new_id: str | None = None
    """The path parameter with an id that the client makes; each call gets a new one."""
    listed: str | None = None
    """For a list: the word of the target whose id the list contains when the target is visible."""
    key: str = "id"
    """The field of the list items that holds this id."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Path parameters that take another word of the target than their own name."""
    only: tuple[Role, ...] | None = None
    """The roles that the action lets in too, of those with the permission; None: all."""
    needs: Permission | None = None
    """The permission that decides for a person, where the permission of the route is not enough."""
    note: str = ""
    is_once: bool = False
    """Whether the call names no organisation; it is sent once for all four."""

    @property
    def name(self) -> str:
        """The heading of the case in the recorded answers."""
        return " · ".join(part for part in (self.route, *(f"?{name}" for name in self.query), self.note) if part)


SOON = "2026-11-23T09:00:00Z"
CIRCLE = {"longitude_deg": 118.8, "latitude_deg": 32.0, "datum": "wgs84"}
FENCE = {"name": "围栏", "shape": {"kind": "circle", "centre": CIRCLE, "radius_m": 50}}
ENDPOINT = {"url": "http://127.0.0.1:9/other", "event_names": ["visit.checked_out"]}
POSTING = {"person_id": "{person_id}", "organisation_id": "{organisation_id}", "valid_from": SOON}
PROBLEM = {"place_id": "{place_id}", "category_code": "swept", "description": "路灯不亮"}
CYCLE = {"name": "年度考核", "from_day": "2026-01-01", "until_day": "2026-12-31", "receiver_id": "{organisation_id}"}
SYSTEM, SECURITY = (Role.SYSTEM_ADMINISTRATOR,), (Role.SECURITY_ADMINISTRATOR,)
FROZEN = {"cycle_id": "frozen_cycle_id"}

TREE = (
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
    Case("GET /v1/organisations/{organisation_id}/open-references"),
    Case(
        "PUT /v1/organisations/{organisation_id}/closure",
        {"successor_id": "{organisation_id}"},
        path={"organisation_id": "misplaced_id"},
    ),
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
PEOPLE = (
    Case("PUT /v1/people/{person_id}", {"name": "新人", "organisation_id": "{organisation_id}"}, new_id="person_id"),
    Case("GET /v1/people/{person_id}"),
    Case("PUT /v1/people/{person_id}/credential", {"login": "{new}", "password": "correct horse battery"}),
    Case("DELETE /v1/people/{person_id}/lock"),
    Case("DELETE /v1/people/{person_id}/second-factor"),
    Case("DELETE /v1/people/{person_id}/credential"),
    Case("POST /v1/people/{person_id}/device-revocations"),
    Case(
        "POST /v1/me/password-changes",
        {"login": "{new}", "password": "x", "new_password": "correct horse battery"},
        who=Who.NOBODY,
        note="with the login of another person",
        is_once=True,
    ),
    Case("GET /pages/devices", who=Who.PERSON, is_once=True),
    Case("POST /pages/devices/{device_id}/sign-out", who=Who.NOBODY),
    Case("POST /pages/devices/sign-out-others", who=Who.PERSON, is_once=True),
    Case("POST /pages/sign-out", who=Who.PERSON, is_once=True),
    Case("GET /pages/inbox", who=Who.HOLDER, is_once=True),
    Case("GET /v1/me/devices", listed="device_id", who=Who.NOBODY),
    Case("DELETE /v1/me/devices/{device_id}", who=Who.NOBODY),
    Case("POST /v1/me/device-revocations", who=Who.PERSON, is_once=True),
    Case("GET /v1/people/{person_id}/external-identities"),
    Case("PUT /v1/people/{person_id}/external-identities/{provider}", {"subject": "{new}"}),
    Case("DELETE /v1/people/{person_id}/external-identities/{provider}"),
    Case("PUT /v1/me/consents/{purpose}", {"notice_version": "2026-1"}, who=Who.PERSON, is_once=True),
    Case("DELETE /v1/me/consents/{purpose}", who=Who.PERSON, is_once=True),
    Case(
        "PUT /v1/service-clients/{client_id}",
        {"organisation_id": "{organisation_id}", "name": "接收系统"},
        new_id="client_id",
    ),
    Case("GET /v1/service-clients", listed="client_id"),
    Case("GET /v1/service-clients", listed="client_id", query={"organisation_id": "{organisation_id}"}),
    Case("POST /v1/service-clients/{client_id}/secrets"),
    Case("PUT /v1/service-clients/{client_id}/end"),
)
PLACES = (
    Case("GET /v1/places", listed="place_id"),
    Case("GET /v1/places", listed="place_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/places/{place_id}"),
    Case(
        "PUT /v1/places/{place_id}",
        {"kind": "community", "name": "新社区", "organisation_id": "{organisation_id}"},
        new_id="place_id",
    ),
    Case("PUT /v1/places/{place_id}/description", {"name": "改名", "division_code": None}),
    Case("PUT /v1/places/{place_id}/fences/{fence_id}", FENCE, new_id="fence_id"),
    Case("DELETE /v1/places/{place_id}/fences/{fence_id}"),
    Case(
        "PUT /v1/places/{place_id}/readings/{reading_id}",
        {"title": "村情简介", "link": "https://example.com/1"},
        new_id="reading_id",
    ),
    Case("DELETE /v1/places/{place_id}/readings/{reading_id}"),
    Case("GET /v1/fence-proposals", listed="proposal_id"),
    Case("GET /v1/fence-proposals", listed="proposal_id", query={"place_id": "{place_id}"}),
    Case("PUT /v1/fence-proposals/{proposal_id}/decision", {"is_accepted": True}),
    Case("GET /v1/places/{place_id}/briefing", who=Who.HOLDER),
    Case("GET /v1/coverage/places", listed="unvisited_id"),
    Case("GET /v1/coverage/contact-points", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/coverage/divisions", who=Who.HOLDER, is_once=True),
    Case(
        "GET /v1/coverage/concentration",
        who=Who.HOLDER,
        query={"from_on": "2026-01-01", "until_on": "2026-12-31"},
        is_once=True,
    ),
)
VISITS = (
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
)
PROBLEMS = (
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
)
REPORTS = (
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
JUDGEMENT = (
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
OUTWARD = (
    Case("GET /v1/feed", listed="organisation_id", key="subject_id"),
    Case("GET /v1/events/catalogue", who=Who.HOLDER, is_once=True),
    Case("GET /v1/inbox", listed="item_id", needs=Permission.PROBLEM_HANDLE),
    Case(
        "GET /v1/inbox",
        listed="item_id",
        query={"organisation_id": "{organisation_id}"},
        needs=Permission.PROBLEM_HANDLE,
    ),
    Case("GET /v1/inbox/{item_id}", needs=Permission.PROBLEM_HANDLE),
    Case("GET /v1/inbox/{item_id}", path={"item_id": "own_item_id"}, who=Who.NOBODY, note="another person's own"),
    Case("GET /v1/endpoints", listed="endpoint_id"),
    Case("GET /v1/endpoints/{endpoint_id}"),
    Case("GET /v1/endpoints/{endpoint_id}/deliveries"),
    Case("PUT /v1/endpoints/{endpoint_id}", ENDPOINT | {"organisation_id": "{organisation_id}"}, new_id="endpoint_id"),
    Case("PUT /v1/endpoints/{endpoint_id}/subscription", ENDPOINT),
    Case("POST /v1/endpoints/{endpoint_id}/secrets"),
    Case("POST /v1/endpoints/{endpoint_id}/enablements"),
    Case("POST /v1/endpoints/{endpoint_id}/disablements"),
    Case("POST /v1/endpoints/{endpoint_id}/replays", {"delivery_ids": ["{delivery_id}"]}),
)
TERM = {"begins_on": "2026-11-01", "ends_on": "2027-10-31"}
CONTACT_POINT = TERM | {
    "leader_id": "{person_id}",
    "organisation_id": "{organisation_id}",
    "place_id": "{place_id}",
    "purpose": "联系群众",
}
PLACEMENT = TERM | {
    "person_id": "{person_id}",
    "kind": "village_posting",
    "sending_id": "{organisation_id}",
    "host_id": "{top_id}",
    "topic": "驻村",
}
HOSTED = {"placement_id": "hosted_placement_id"}
CONTACT_POINTS_AND_PLACEMENTS = (
    Case(
        "PUT /v1/places/{place_id}",
        {"kind": "grid", "name": "网格", "organisation_id": "{organisation_id}", "parent_id": "{place_id}"},
        new_id="place_id",
        note="a grid",
    ),
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
    Case("POST /v1/places/searches", {"text": "社区"}, who=Who.HOLDER, is_once=True),
    Case("GET /v1/places/{place_id}/site-code"),
    Case("GET /v1/places/{place_id}/calendar", query={"from_on": "2026-11-22", "until_on": "2026-11-23"}),
)
INSIGHT = {"place_id": "{place_id}", "kind": "opinion", "category_code": "swept", "content": "路灯不亮"}
PROMISE = {"place_id": "{place_id}", "content": "一周内修好", "due_on": "2026-12-31"}
PLAN = {"place_id": "{place_id}", "from_at": SOON, "until_at": "2026-11-23T11:00:00Z", "is_announced": True}
PERIOD = {"from_on": "2026-10-01", "until_on": "2026-10-31"}
STAY = {"place_id": "{place_id}", "checked_in_at": "2026-11-21T01:00:00Z", "checked_out_at": "2026-11-21T02:00:00Z"}
RECORD = {"purpose": "help", "people_met": 1}
RECORDS = (
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
    Case("GET /v1/promises", listed="promise_id"),
    Case("GET /v1/promises", listed="promise_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/promises", listed="promise_id", query={"owner_id": "{person_id}"}),
    Case("GET /v1/promises", listed="promise_id", query={"visit_id": "{visit_id}"}),
    Case("GET /v1/promises/{promise_id}"),
    Case(
        "PUT /v1/promises/{promise_id}",
        PROMISE | {"owner_id": "{person_id}"},
        who=Who.HOLDER,
        new_id="promise_id",
        note="with another owner",
    ),
    Case(
        "PUT /v1/promises/{promise_id}",
        PROMISE | {"visit_id": "{visit_id}"},
        who=Who.NOBODY,
        new_id="promise_id",
        note="in another's visit",
    ),
    Case("PUT /v1/promises/{promise_id}/keeping", {"outcome": "修好了"}, who=Who.NOBODY),
    Case("PUT /v1/promises/{promise_id}/explanation", {"outcome": "修不了"}, who=Who.NOBODY),
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
TRANSCRIPTIONS = (Case("POST /v1/transcriptions", {"not": "a voice"}, who=Who.HOLDER, is_once=True),)
IMPORTS = (
    Case("GET /v1/imports", listed="import_id"),
    Case(
        "PUT /v1/imports/{import_id}",
        {"kind": "people", "mode": "good_rows", "organisation_id": "{organisation_id}"},
        new_id="import_id",
    ),
    Case("PUT /v1/imports/{import_id}/file", {"not": "a table"}, who=Who.NOBODY),
    Case("PUT /v1/imports/{import_id}/confirmation", {}),
    Case("GET /v1/imports/{import_id}"),
    Case("GET /v1/imports/{import_id}/rows"),
    Case("GET /v1/imports/{import_id}/results.csv"),
    Case("DELETE /v1/imports/{import_id}"),
)
PRIVACY = (
    Case("GET /v1/consents/notices", who=Who.HOLDER, is_once=True),
    Case("GET /v1/me/consents", who=Who.PERSON, is_once=True),
    Case("GET /v1/me/data", who=Who.PERSON, is_once=True),
    Case("GET /v1/me/data/{table}", who=Who.PERSON, is_once=True),
    Case(
        "PUT /v1/me/correction-requests/{request_id}",
        {"what": "姓名", "should_be": "另一个字"},
        who=Who.PERSON,
        new_id="request_id",
    ),
    Case("GET /v1/correction-requests", listed="request_id"),
    Case("GET /v1/correction-requests/{request_id}"),
    Case("PUT /v1/correction-requests/{request_id}/decision", {"is_accepted": False, "answer": "与证件一致"}),
    Case("PUT /v1/people/{person_id}/description", {"name": "改名"}),
    Case("POST /v1/problems/lookups", {"phone": "13912345678", "reason": "来电询问"}, who=Who.HOLDER, is_once=True),
    Case("GET /v1/notices", who=Who.HOLDER, is_once=True),
    Case("GET /v1/retention-rules", who=Who.HOLDER, is_once=True),
    Case("GET /v1/purges", who=Who.NOBODY, is_once=True),
)
LOCAL_RULE = {
    "organisation_id": "{organisation_id}",
    "valid_from": "2026-11-22",
    "source": "县委办〔2026〕12号第八条",
}
LOCAL_RULES = (
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
CASES = (
    *TREE,
    *PEOPLE,
    *LOCAL_RULES,
    *PLACES,
    *IMPORTS,
    *TRANSCRIPTIONS,
    *CONTACT_POINTS_AND_PLACEMENTS,
    *VISITS,
    *RECORDS,
    *PROBLEMS,
    *REPORTS,
    *JUDGEMENT,
    *OUTWARD,
    *PRIVACY,
)
