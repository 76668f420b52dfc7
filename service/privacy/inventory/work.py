"""What is held of the work: places, visits, problems, residence reports, assessments."""

from service.access.permissions import Permission as P  # noqa: N817 - read many times in one table
from service.privacy.inventory.kinds import Basis, Held, Kind

SAME = {"sameness": Kind.SECRET}
TABLES = {
    "organisation": Held(
        "组织和单位",
        "organisations and units",
        Basis.NOTHING,
        readers=(P.ORGANISATION_READ,),
        columns={"name": Kind.NONE, "path": Kind.NONE, **SAME},
    ),
    "place": Held(
        "走访点",
        "places that are visited",
        Basis.NOTHING,
        readers=(P.PLACE_READ,),
        columns={"name": Kind.NONE, **SAME},
    ),
    "fence": Held(
        "走访点围栏",
        "areas that count as being there",
        Basis.NOTHING,
        readers=(P.PLACE_READ,),
        columns={"name": Kind.NONE, "area": Kind.NONE, **SAME},
    ),
    "visit": Held(
        "走访记录和到场核验结论",
        "visits and what the evidence of presence supports",
        Basis.DUTY,
        readers=(P.VISIT_READ,),
        columns={"presence_reasons": Kind.PERSONAL, "heard": Kind.FREE_TEXT, "done": Kind.FREE_TEXT, **SAME},
        own=("person_id",),
    ),
    "visit_position": Held(
        "经同意保存的签到位置",
        "positions of check-ins kept with consent",
        Basis.CONSENT,
        rules=("visit_position", "position_without_consent"),
        columns={
            "position": Kind.SENSITIVE,
            "accuracy_m": Kind.SENSITIVE,
            "sent_longitude_deg": Kind.SENSITIVE,
            "sent_latitude_deg": Kind.SENSITIVE,
        },
        own=("person_id",),
    ),
    "problem_category": Held(
        "问题分类和时限",
        "categories of problems and their deadlines",
        Basis.NOTHING,
        readers=(P.PROBLEM_READ,),
        columns={"code": Kind.NONE, "name": Kind.NONE},
    ),
    "problem_route": Held("派单规则", "where problems go by themselves", Basis.NOTHING),
    "problem": Held(
        "群众和基层的问题及办理情况",
        "problems and what became of them",
        Basis.DUTY,
        rules=("problem_contact", "problem_text"),
        readers=(P.PROBLEM_READ,),
        columns={
            "description": Kind.FREE_TEXT,
            "answer": Kind.FREE_TEXT,
            "satisfaction_reason": Kind.FREE_TEXT,
            **SAME,
        },
        own=("raised_by",),
    ),
    "problem_contact": Held(
        "群众姓名和电话",
        "a resident's name and phone",
        Basis.DUTY,
        rules=("problem_contact",),
        readers=(P.PROBLEM_REVEAL, P.PROBLEM_LOOK_UP),
        columns={"name": Kind.CONTACT, "phone": Kind.CONTACT, "phone_index": Kind.SECRET},
        elsewhere="residents have no account: they follow their problem through the private link and ask its owner",
    ),
    "problem_link": Held(
        "群众专属链接（只存摘要）",
        "residents' private links, hashed",
        Basis.DUTY,
        rules=("problem_link", "problem_contact"),
        columns={"token_hash": Kind.SECRET},
    ),
    "residence_report": Held(
        "在职党员报到",
        "members' reports where they live",
        Basis.DUTY,
        rules=("residence_report",),
        readers=(P.RESIDENCE_REPORT_READ,),
        columns={
            "person_id": Kind.SENSITIVE,
            "return_reason": Kind.FREE_TEXT,
            "end_reason": Kind.FREE_TEXT,
            **SAME,
        },
        own=("person_id",),
        others={"decided_by": "the report is the member's; who decided it finds it in the organisation's list"},
    ),
    "assessment_cycle": Held(
        "考核周期",
        "cycles of the assessment",
        Basis.NOTHING,
        readers=(P.ASSESSMENT_READ,),
        columns={"name": Kind.NONE, **SAME},
    ),
    "dossier": Held(
        "定格的个人考核材料",
        "a person's frozen facts",
        Basis.DUTY,
        rules=("dossier",),
        readers=(P.DOSSIER_READ, P.DOSSIER_RECEIVE),
        columns={"snapshot": Kind.PERSONAL, "jws": Kind.PERSONAL, "sha256": Kind.SECRET},
        own=("person_id",),
    ),
}
