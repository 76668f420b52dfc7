"""The tour's residence report: a member reports where he or she lives; the branch there hears of it and confirms."""

from typing import Any

from routers.cli.tour.guide import Guide, Surprise
from routers.cli.tour.receiver import Receiver, hear
from service.foundation.ids import new_id


def report(guide: Guide, member: str, secretary: str, organisations: dict[str, str], receiver: Receiver) -> None:
    """Report, hear of it, confirm; reporting to a unit or to two places is refused; it ends with the tour."""
    _end_earlier(guide, member)
    guide.say("在职党员到居住地社区党支部报到", "a member reports to the Party branch where he lives")
    url = f"/v1/residence-reports/{new_id()}"
    print("   报到要到党组织，不是单位 · one reports to a Party organisation, not to a unit")
    guide.ask(422, "PUT", url, {"organisation_id": organisations["community"]}, token=member)
    body = {"organisation_id": organisations["community branch"]}
    submitted = guide.ask(201, "PUT", url, body, token=member).json()
    hear(receiver, "residence_report.submitted", submitted["id"])
    print("   一个人只有一处有效报到 · one person, one live report")
    guide.ask(409, "PUT", f"/v1/residence-reports/{new_id()}", body, token=member)
    guide.say("社区党支部确认", "the branch confirms")
    confirmed = guide.move(f"{url}/confirmation", None, of=url, token=secretary)
    if confirmed["state"] != "confirmed":
        raise Surprise("the report was not confirmed")


def _end_earlier(guide: Guide, member: str) -> None:
    """A tour played before has left its report: this one begins by moving out."""
    live: list[dict[str, Any]] = guide.ask(200, "GET", "/v1/residence-reports", token=member).json()["items"]
    for earlier in live:
        if earlier["state"] in {"submitted", "confirmed"}:
            url = f"/v1/residence-reports/{earlier['id']}"
            guide.move(f"{url}/end", {"reason": "搬家"}, of=url, token=member)
