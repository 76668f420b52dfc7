"""Visits in the tour: check in at three places, record, check out; the community receives the event."""

from datetime import UTC, datetime, timedelta
from typing import Any

from routers.cli.tour.guide import Guide, UnexpectedResponse
from routers.cli.tour.receiver import Receiver, await_webhook
from schemas.foundation.geo import Datum
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id

NAMES = {"a community": "社区", "a village": "村", "an enterprise": "企业"}
STAY_MINUTES = 40


def check_in(guide: Guide, token: str, word: str, place_id: str) -> dict[str, Any]:
    guide.say(f"在{NAMES[word]}签到（手机给出 GCJ-02 坐标）", f"check in at {word} with a GCJ-02 position")
    place = guide.send(200, "GET", f"/v1/places/{place_id}", token=token).json()
    longitude_deg, latitude_deg = from_wgs84(*_inside(place["fences"][0]["area"]), Datum.GCJ02)
    now = (datetime.now(UTC) - timedelta(minutes=STAY_MINUTES)).isoformat()
    position = {
        "longitude_deg": round(longitude_deg, 6),
        "latitude_deg": round(latitude_deg, 6),
        "accuracy_m": 15,
        "datum": "gcj02",
        "captured_at": now,
    }
    path, body = f"/v1/visits/{new_id()}", {"place_id": place_id, "checked_in_at": now, "position": position}
    visit: dict[str, Any] = guide.send(201, "PUT", path, body, token=token).json()
    if visit["presence"] != "verified":
        raise UnexpectedResponse(
            f"the position is inside the fence, but presence is {visit['presence']}: {visit['presence_reasons']}"
        )
    print("   信号不好，同样的请求再发一次 · bad network: the same request is sent again")
    again = guide.send(200, "PUT", path, body, token=token).json()
    if again != visit:
        raise UnexpectedResponse("the repeated request created another visit")
    return visit


def _inside(area: dict[str, Any]) -> tuple[float, float]:
    """Return a point inside the fence, its centre: (longitude, latitude) in WGS 84, degrees."""
    if area["type"] == "Point":
        return area["coordinates"][0], area["coordinates"][1]
    corners = area["coordinates"][0][:-1]
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def record_and_leave(guide: Guide, token: str, visit: dict[str, Any]) -> None:
    guide.say("记录听到的和做了的", "record what was heard and done")
    body = {"purpose": "listening", "people_met": 6, "heard": "三号楼门口路灯不亮。", "done": "当场联系了物业。"}
    body |= {"help_given": [{"kind": "service", "content": "帮独居老人换了楼道口的灯泡。"}]}
    path = f"/v1/visits/{visit['id']}/record"
    recorded = guide.send(200, "PUT", path, body, token=token, etag='"1"')
    print("   拿旧版本再改会被拒绝 · a change based on the old version is refused")
    guide.send(412, "PUT", path, {**body, "people_met": 7}, token=token, etag='"1"')
    leave(guide, token, visit, recorded.headers["etag"])


def leave(guide: Guide, token: str, visit: dict[str, Any], etag: str) -> None:
    guide.say("离开", "check out")
    end = datetime.fromisoformat(visit["checked_in_at"]) + timedelta(minutes=STAY_MINUTES)
    path = f"/v1/visits/{visit['id']}/check-out"
    guide.send(200, "PUT", path, {"checked_out_at": end.isoformat()}, token=token, etag=etag)


def receive_checked_out(guide: Guide, receiver: Receiver, visit_id: str, client: dict[str, str]) -> None:
    """Receive the webhook, read the details with the service client, find the event in the feed."""
    guide.say(
        "社区的系统收到走访结束的通知（第一次故意拒收）",
        "the community's system receives the webhook; it refuses the first call on purpose",
    )
    event = await_webhook(receiver, "visit.checked_out", visit_id)
    if receiver.refused != 1:
        raise UnexpectedResponse(f"refused {receiver.refused} calls instead of the first")
    guide.say("社区的系统用自己的账号读取详情", "the community's system reads the details with its own client account")
    token = guide.send(200, "POST", "/v1/auth/client-tokens", client).json()["access_token"]
    details = guide.send(200, "GET", f"/v1/visits/{visit_id}", token=token).json()
    if details["state"] != "ended" or details["heard"] is not None:
        raise UnexpectedResponse("the community must see the ended visit without the confidential text")
    print("   没有服务器的社区可以拉取同样的事件 · a community without a server reads the same events from the feed")
    if event["id"] not in _read_feed(guide, token):
        raise UnexpectedResponse("the event is not in the feed")


def _read_feed(guide: Guide, token: str) -> list[str]:
    """Return the event ids of the whole feed, page by page."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = guide.send(200, "GET", f"/v1/feed?limit=200{cursor}", token=token).json()
        ids += [item["id"] for item in page["items"]]
        if page["is_complete"]:
            return ids
        cursor = f"&cursor={page['next_cursor']}"
