"""How each route is asked: one line a route and position of an id. A new route without a line fails the sweep.

`{word}` stands for an id of the target, one of `county.Targets`; a path parameter stands for itself. Changes are asked
with a stale If-Match, so that whoever is let in is told 412 and nothing moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from schemas.organisations import Role


class Who(Enum):
    """Whom the route lets in, given who holds its permission."""

    MAP = "as far as the map says"
    """The target must lie within the reach that `service/access/roles.py` gives the role."""
    HOLDER = "whoever holds the permission, whatever the target"
    POSTED = "whoever holds the permission, for the organisation of the posting"
    ONESELF = "every person, for the own records"
    NOBODY = "none of these: it is another's own, or the whole jurisdiction's"


@dataclass(frozen=True)
class Case:
    """One way of asking a route for something of a target."""

    route: str
    """Method and path, as the app spells it."""
    body: Any = None
    who: Who = Who.MAP
    made: str | None = None
    """The path parameter that the client makes: a new id for every call."""
    listed: str | None = None
    """For a list: the target's id that stands in it when it is seen."""
    key: str = "id"
    """Of the items of the list."""
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Path parameters that are another word of the target than their own name."""
    only: tuple[Role, ...] | None = None
    """Of the roles the map lets in, those the action lets in too."""
    note: str = ""
    is_once: bool = False
    """It names no organisation: asked once for all four."""

    @property
    def name(self) -> str:
        return " · ".join(part for part in (self.route, *(f"?{name}" for name in self.query), self.note) if part)


SOON = "2026-11-23T09:00:00Z"
CIRCLE = {"longitude_deg": 118.8, "latitude_deg": 32.0, "datum": "wgs84"}
FENCE = {"name": "围栏", "shape": {"kind": "circle", "centre": CIRCLE, "radius_m": 50}}
HOOK = {"url": "http://127.0.0.1:9/other", "event_names": ["visit.checked_out"]}
POSTING = {"person_id": "{person_id}", "organisation_id": "{organisation_id}", "valid_from": SOON}
RAISED = {"place_id": "{place_id}", "category_code": "swept", "description": "路灯不亮"}
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
        made="organisation_id",
    ),
    Case("PUT /v1/organisations/{organisation_id}/description", {"name": "改名", "division_code": None}),
    Case("GET /v1/postings", listed="posting_id"),
    Case("GET /v1/postings", listed="posting_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/postings", listed="posting_id", query={"person_id": "{person_id}"}),
    Case("PUT /v1/postings/{posting_id}", POSTING | {"role": "cadre"}, made="posting_id", only=SYSTEM),
    Case(
        "PUT /v1/postings/{posting_id}",
        POSTING | {"role": "delegate", "delegate_of": "{leader_id}", "valid_until": "2027-01-01T00:00:00Z"},
        made="posting_id",
        only=SYSTEM,
        note="a delegate",
    ),
    Case(
        "PUT /v1/postings/{posting_id}",
        POSTING | {"role": "audit_administrator"},
        made="posting_id",
        only=SECURITY,
        note="an administrator",
    ),
    Case("PUT /v1/postings/{posting_id}/end", {"valid_until": SOON}, only=SYSTEM),
    Case("GET /v1/divisions", who=Who.HOLDER, is_once=True),
    Case("GET /v1/divisions/{code}", who=Who.HOLDER, is_once=True),
)
PEOPLE = (
    Case("PUT /v1/people/{person_id}", {"name": "新人", "organisation_id": "{organisation_id}"}, made="person_id"),
    Case("GET /v1/people/{person_id}"),
    Case("PUT /v1/people/{person_id}/credential", {"login": "{new}", "password": "correct horse battery"}),
    Case("PUT /v1/me/consents/{purpose}", {"notice_version": "1"}, who=Who.ONESELF, is_once=True),
    Case("DELETE /v1/me/consents/{purpose}", who=Who.ONESELF, is_once=True),
    Case(
        "PUT /v1/service-clients/{client_id}",
        {"organisation_id": "{organisation_id}", "name": "接收系统"},
        made="client_id",
    ),
)
PLACES = (
    Case("GET /v1/places", listed="place_id"),
    Case("GET /v1/places", listed="place_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/places/{place_id}"),
    Case(
        "PUT /v1/places/{place_id}",
        {"kind": "community", "name": "新社区", "organisation_id": "{organisation_id}"},
        made="place_id",
    ),
    Case("PUT /v1/places/{place_id}/description", {"name": "改名", "division_code": None}),
    Case("PUT /v1/places/{place_id}/fences/{fence_id}", FENCE, made="fence_id"),
    Case("DELETE /v1/places/{place_id}/fences/{fence_id}"),
)
VISITS = (
    Case("GET /v1/visits", listed="visit_id"),
    Case("GET /v1/visits", listed="visit_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/visits/{visit_id}"),
    Case(
        "PUT /v1/visits/{visit_id}", {"place_id": "{place_id}", "checked_in_at": SOON}, who=Who.HOLDER, made="visit_id"
    ),
    Case(
        "PUT /v1/visits/{visit_id}",
        {"place_id": "{place_id}", "checked_in_at": SOON, "organisation_id": "{organisation_id}"},
        who=Who.POSTED,
        made="visit_id",
        note="for an organisation",
    ),
    Case("PUT /v1/visits/{visit_id}/record", {"purpose": "help", "people_met": 1}, who=Who.NOBODY),
    Case("PUT /v1/visits/{visit_id}/check-out", {"checked_out_at": SOON}, who=Who.NOBODY),
)
PROBLEMS = (
    Case("GET /v1/problems", listed="problem_id"),
    Case("GET /v1/problems", listed="problem_id", query={"place_id": "{place_id}"}),
    Case("GET /v1/problems", listed="problem_id", query={"owner_id": "{organisation_id}"}),
    Case("GET /v1/problems/{problem_id}"),
    Case("PUT /v1/problems/{problem_id}", RAISED, who=Who.HOLDER, made="problem_id"),
    Case(
        "PUT /v1/problems/{problem_id}",
        RAISED | {"visit_id": "{visit_id}"},
        who=Who.NOBODY,
        made="problem_id",
        note="in another's visit",
    ),
    Case(
        "PUT /v1/problems/{problem_id}",
        RAISED | {"accused_ids": ["{organisation_id}"]},
        who=Who.HOLDER,
        made="problem_id",
        note="an accusation",
    ),
    Case("PUT /v1/problems/{problem_id}/owner", {"organisation_id": "{sister_id}"}),
    Case("PUT /v1/problems/{problem_id}/acceptance"),
    Case("PUT /v1/problems/{problem_id}/answer", {"outcome": "solved", "answer": "已办"}),
    Case("PUT /v1/problems/{problem_id}/closure"),
    Case(
        "PUT /v1/problems/{problem_id}/judgement",
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
    Case(
        "PUT /v1/problem-routes/{route_id}",
        {"category_code": "swept", "division_code": "{code}", "organisation_id": "{organisation_id}"},
        who=Who.NOBODY,
        made="route_id",
    ),
)
REPORTS = (
    Case("GET /v1/residence-reports", listed="report_id"),
    Case("GET /v1/residence-reports", listed="report_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/residence-reports/{report_id}"),
    Case(
        "PUT /v1/residence-reports/{report_id}",
        {"organisation_id": "{organisation_id}"},
        who=Who.ONESELF,
        made="report_id",
    ),
    Case("PUT /v1/residence-reports/{report_id}/confirmation"),
    Case("PUT /v1/residence-reports/{report_id}/return", {"reason": "查无此人"}),
    Case("PUT /v1/residence-reports/{report_id}/end", {"reason": "搬家"}, who=Who.NOBODY),
)
JUDGEMENT = (
    Case("GET /v1/assessment-cycles", listed="cycle_id"),
    Case("GET /v1/assessment-cycles/{cycle_id}"),
    Case("PUT /v1/assessment-cycles/{cycle_id}", CYCLE | {"organisation_id": "{organisation_id}"}, made="cycle_id"),
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
    Case("GET /v1/endpoints", listed="endpoint_id"),
    Case("GET /v1/endpoints/{endpoint_id}"),
    Case("GET /v1/endpoints/{endpoint_id}/deliveries"),
    Case("PUT /v1/endpoints/{endpoint_id}", HOOK | {"organisation_id": "{organisation_id}"}, made="endpoint_id"),
    Case("PUT /v1/endpoints/{endpoint_id}/subscription", HOOK),
    Case("POST /v1/endpoints/{endpoint_id}/secrets"),
    Case("POST /v1/endpoints/{endpoint_id}/enablements"),
    Case("POST /v1/endpoints/{endpoint_id}/disablements"),
    Case("POST /v1/endpoints/{endpoint_id}/replays", {"delivery_ids": ["{delivery_id}"]}),
)
CASES = (*TREE, *PEOPLE, *PLACES, *VISITS, *PROBLEMS, *REPORTS, *JUDGEMENT, *OUTWARD)
