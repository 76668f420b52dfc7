"""The tour's problem: heard in a visit, dispatched, answered, refused by the resident, redone, confirmed, closed."""

from typing import Any

from routers.cli.tour.guide import Guide, Surprise, short
from service.foundation.ids import new_id

ANSWER = {"outcome": "solved", "answer": "已更换灯泡，今晚起正常照明。"}
RESIDENT = {"name": "王秀英", "phone": "13900000000"}


def raise_problem(guide: Guide, token: str, visit: dict[str, Any]) -> tuple[str, str]:
    """The address of the problem, and that of the resident's page."""
    guide.say("听到一个问题，代群众提出，当场按区域和类别派单", "hear a problem; it is dispatched by area and category")
    url = f"/v1/problems/{new_id()}"
    body = {
        "place_id": visit["place_id"],
        "visit_id": visit["id"],
        "category_code": "lighting",
        "description": "三号楼门口路灯不亮，老人晚上出门怕摔。",
        "contact": RESIDENT,
    }
    raised = guide.ask(201, "PUT", url, body, token=token).json()
    if raised["problem"]["state"] != "dispatched":
        raise Surprise("no route took the problem")
    return url, raised["link"]


def solve(guide: Guide, token: str, url: str, page: str) -> None:
    guide.say("经办单位受理并答复", "the owner accepts and answers")
    guide.move(f"{url}/acceptance", None, of=url, token=token)
    guide.move(f"{url}/answer", ANSWER, of=url, token=token)
    guide.say("群众打开私人链接：不满意，写明原因", "the resident opens the private page: not satisfied, and why")
    _read_page(guide, page, "请您评价")
    _rate(guide, page, {"satisfaction": "not_satisfied", "reason": "只亮了一晚，又灭了。"})
    guide.say("重新办理，再次答复，群众满意，办结", "redone, answered again, satisfied, closed")
    guide.move(f"{url}/answer", ANSWER | {"answer": "更换了整条线路，连续三晚正常。"}, of=url, token=token)
    _rate(guide, page, {"satisfaction": "satisfied"})
    closed = guide.move(f"{url}/closure", None, of=url, token=token)
    if (closed["state"], closed["redone"]) != ("closed", 1):
        raise Surprise("the problem did not end as it should")
    print("   评价只有一次 · the word is given once")
    _rate(guide, page, {"satisfaction": "not_satisfied", "reason": "再来一次"}, expected=409)


def _read_page(guide: Guide, page: str, expected: str) -> None:
    answer = guide.http.get(page)
    print(f"   → GET /p/…\n   ← {answer.status_code} {answer.headers['content-type']} {len(answer.content)} bytes")
    if answer.status_code != 200 or expected not in answer.text:
        raise Surprise(f"the private page does not show {expected}")


def _rate(guide: Guide, page: str, form: dict[str, str], expected: int = 303) -> None:
    answer = guide.http.post(page, data=form)
    print(f"   → POST /p/… {short(form)}\n   ← {answer.status_code}")
    if answer.status_code != expected:
        raise Surprise(f"the private page answered {answer.status_code}, not {expected}")
