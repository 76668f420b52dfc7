"""A residence report in the tour: a member reports to the branch at home; the branch confirms."""

from typing import Any

from routers.cli.tour.guide import Guide, UnexpectedResponse
from routers.cli.tour.receiver import Receiver, await_webhook
from service.foundation.ids import new_id


def report(guide: Guide, member: str, secretary: str, organisations: dict[str, str], receiver: Receiver) -> None:
    """Report, receive the webhook, confirm. A report to a unit and a second report are refused."""
    _end_earlier(guide, member)
    guide.say("在职党员到居住地社区党支部报到", "a Party member reports to the branch at the place of residence")
    url = f"/v1/residence-reports/{new_id()}"
    print("   报到要到党组织，不是单位 · a member reports to a Party organisation, not to a unit")
    guide.send(422, "PUT", url, {"organisation_id": organisations["community"]}, token=member)
    body = {"organisation_id": organisations["community branch"]}
    submitted = guide.send(201, "PUT", url, body, token=member).json()
    await_webhook(receiver, "residence_report.submitted", submitted["id"])
    print("   一个人只有一处有效报到 · a person has at most one active report")
    guide.send(409, "PUT", f"/v1/residence-reports/{new_id()}", body, token=member)
    guide.say("社区党支部确认", "the branch confirms")
    confirmed = guide.put_current(f"{url}/confirmation", None, of=url, token=secretary)
    if confirmed["state"] != "confirmed":
        raise UnexpectedResponse("the report was not confirmed")


def _end_earlier(guide: Guide, member: str) -> None:
    """End the report of an earlier tour."""
    reports: list[dict[str, Any]] = guide.send(200, "GET", "/v1/residence-reports", token=member).json()["items"]
    for earlier in reports:
        if earlier["state"] in {"submitted", "confirmed"}:
            url = f"/v1/residence-reports/{earlier['id']}"
            guide.put_current(f"{url}/end", {"reason": "搬家"}, of=url, token=member)
