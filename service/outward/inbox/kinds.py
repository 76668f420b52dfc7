"""What each kind of item says, who sees it, where it is done.

What opens and ends it: `service/operations/worker/registry/inbox.py`.

An item for an organisation is seen by whoever holds its permission there at the moment of reading, so the right to it
ends with the posting.
"""

from dataclasses import dataclass

from schemas.outward.inbox import InboxKind
from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table

K = InboxKind


@dataclass(frozen=True)
class Meaning:
    """One kind: what is to be done and why, in both languages; `permission` is None for a person's own."""

    zh: str
    en: str
    permission: P | None
    page: str
    """Below `/v1`; `{about}` is the item's `about_id`, `{person}` its person."""


KINDS: dict[InboxKind, Meaning] = {
    K.PROBLEM_TO_DISPATCH: Meaning(
        "有问题没有对应的承办单位，请派单。",
        "A problem has no route to an owner: dispatch it.",
        P.PROBLEM_DISPATCH,
        "problems/{about}",
    ),
    K.PROBLEM_TO_ACCEPT: Meaning(
        "有问题派到本单位，请在期限前受理。",
        "A problem was dispatched to you: accept it in time.",
        P.PROBLEM_HANDLE,
        "problems/{about}",
    ),
    K.PROBLEM_TO_ANSWER: Meaning(
        "已受理的问题，请在期限前办理并答复群众。",
        "A problem you accepted: solve it and answer the person in time.",
        P.PROBLEM_HANDLE,
        "problems/{about}",
    ),
    K.PROBLEM_TO_REDO: Meaning(
        "群众不满意并说明了原因，请重新办理。",
        "The person was not satisfied and says why: do it again.",
        P.PROBLEM_HANDLE,
        "problems/{about}",
    ),
    K.PROBLEM_TO_CLOSE: Meaning(
        "群众已表示满意，请办结。", "The person is satisfied: close it.", P.PROBLEM_HANDLE, "problems/{about}"
    ),
    K.PROMISE_TO_KEEP: Meaning(
        "您负责的承诺，请在到期前兑现或作出说明。",
        "A promise you see to: keep it by its day, or explain.",
        None,
        "promises/{about}",
    ),
    K.INSIGHT_TO_DECIDE: Meaning(
        "有民情转送本单位，请决定是否采纳并说明理由。",
        "Something heard was sent to you: adopt it or not, and say why.",
        P.INSIGHT_DECIDE,
        "insights/{about}",
    ),
    K.VISIT_TO_COMPLETE: Meaning(
        "走访忘记签退，已自动结束；可在期限前补记所听所做。",
        "A visit ended without a check-out: you may still write down what you heard and did.",
        None,
        "visits/{about}",
    ),
    K.COMPANION_MAY_DECLINE: Meaning(
        "您被登记为同行；如未同行，可在期限前说明，不必说明则无需操作。",
        "You were named as a companion; if you were not there, you may say so until then. Otherwise do nothing.",
        None,
        "visits/{about}",
    ),
    K.VISIT_DRAFT_TO_CONFIRM: Meaning(
        "联络员代您写好了走访记录，请看一看并确认；您自己改写也算确认。",
        "Your delegate wrote a visit down for you: look at it and confirm; writing it anew confirms it, too.",
        None,
        "visits/{about}",
    ),
    K.FENCE_PROPOSAL_TO_DECIDE: Meaning(
        "多次签到都在同一处，系统建议据此设定围栏，请采纳、修改或拒绝。",
        "Check-ins agree on where a place is: accept the proposed fence, correct or refuse it.",
        P.PLACE_WRITE,
        "fence-proposals?state=proposed",
    ),
    K.VISIT_CORRECTION_TO_DECIDE: Meaning(
        "有走访记录申请更正，请作出决定。",
        "A correction of a visit was requested: decide on it.",
        P.VISIT_CORRECT,
        "visit-corrections?visit_id={about}",
    ),
    K.RESIDENCE_REPORT_TO_CONFIRM: Meaning(
        "有党员前来报到，请确认或退回并说明原因。",
        "A member has reported to you: confirm, or return it with the reason.",
        P.RESIDENCE_REPORT_DECIDE,
        "residence-reports/{about}",
    ),
    K.RESIDENCE_REPORT_RETURNED: Meaning(
        "您的报到被退回，请看原因，需要时重新报到。",
        "Your report was returned: see why, and report anew where it fits.",
        None,
        "residence-reports/{about}",
    ),
    K.PLACEMENT_TO_REPORT: Meaning(
        "锻炼已结束，请写下调研或工作报告。",
        "Your placement has ended: write down what came of it.",
        None,
        "placements/{about}",
    ),
    K.PLACEMENT_REPORT_TO_DECIDE: Meaning(
        "锻炼人员交来报告，请决定是否采纳并说明理由。",
        "A report came in from a placement: adopt it or not, and say why.",
        P.PLACEMENT_WRITE,
        "placements/{about}",
    ),
    K.PLACEMENT_TO_APPRAISE: Meaning(
        "锻炼人员在本单位期满，请作出评价。",
        "A placement with you has ended: say how it went.",
        P.PLACEMENT_APPRAISE,
        "placements/{about}",
    ),
    K.CONTACT_POINT_OPINION: Meaning(
        "领导在本地的联系已结束，可以（不是必须）谈谈看法。",
        "A leader's contact with your place has ended: you may say what you think of it.",
        P.CONTACT_POINT_COMMENT,
        "contact-points/{about}",
    ),
    K.DOSSIER_TO_REVIEW: Meaning(
        "您的考核材料已定格，可查阅每一项的依据。",
        "Your dossier is frozen: you may read it and the evidence of every figure.",
        None,
        "assessment-cycles/{about}/dossiers/{person}",
    ),
    K.CORRECTION_REQUEST_TO_DECIDE: Meaning(
        "有人申请更正本人信息，请在期限前答复。",
        "Somebody asks for a correction of own data: answer in time.",
        P.CORRECTION_DECIDE,
        "correction-requests/{about}",
    ),
    K.CONSENT_TO_RENEW: Meaning(
        "您同意过的告知书有了新版本；如愿继续，请在期限前重新同意，否则到期失效。",
        "A notice you consented to has changed: consent anew until then if you wish, or the consent lapses.",
        None,
        "me/consents",
    ),
    K.ENDPOINT_STOPPED: Meaning(
        "回调地址因接收失败已停用，投递在排队等候；修复后请重新启用。",
        "An endpoint was stopped since it failed; deliveries wait. Mend it, then enable it.",
        P.ENDPOINT_WRITE,
        "endpoints/{about}",
    ),
}
