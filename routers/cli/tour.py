"""`grassroots tour`: an ordinary client plays the main job over HTTP and shows what was asked and what came back.

It knows nothing but the address and the demo's credentials. Any surprise ends it with a non-zero status.
"""

import json
import queue
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from schemas.geo import Datum
from service.core.geo import from_wgs84
from service.core.ids import new_id

PATIENCE_S = 30.0
SECRETS = frozenset({"password", "secret", "client_secret", "access_token"})
NAMES = {"a community": "社区", "a village": "村", "an enterprise": "企业"}
STAY_MINUTES = 40
SHOWN = 320
"""So many characters of an answer are printed."""


class Surprise(RuntimeError):
    """Something came back that the story does not expect."""


class Receiver(ThreadingHTTPServer):
    """The community's server on the loopback: it refuses the first call on purpose, then verifies and keeps."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret: str | None = None
        self.refused = 0
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/grassroots"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self._judged(body, dict(self.headers.items())))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _judged(self, body: bytes, headers: dict[str, str]) -> int:
        if self.server.secret is None or self.server.refused == 0:
            self.server.refused += 1
            return 500
        try:
            told = Webhook(self.server.secret).verify(body, headers)
        except WebhookVerificationError as failure:
            self.server.heard.put({"error": str(failure)})
            return 400
        self.server.heard.put({**told, "id": headers.get("webhook-id")})
        return 204

    def log_message(self, *_: object) -> None:
        """Quiet: the tour tells the story."""


class Guide:
    """Asks, prints, and insists on the status it expects."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self.step = 0

    def say(self, zh: str, en: str) -> None:
        self.step += 1
        print(f"\n{self.step}. {zh} · {en}")

    def ask(
        self, expected: int, method: str, path: str, body: Any = None, *, token: str = "", etag: str | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"If-Match": etag} if etag else {}
        answer = self.http.request(method, path, json=body, headers=headers)
        print(f"   → {method} {path} {_short(_hidden(body)) if body else ''}")
        shown = _short(_hidden(answer.json())) if answer.content else ""
        print(f"   ← {answer.status_code} {shown}")
        if answer.status_code != expected:
            raise Surprise(f"{method} {path}: expected {expected}, got {answer.status_code}")
        return answer


def _hidden(body: Any) -> Any:
    """The same without passwords, secrets and tokens."""
    if not isinstance(body, dict):
        return body
    return {key: "…" if key in SECRETS and value else value for key, value in body.items()}


def _short(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def tour(
    url: Annotated[str, typer.Option(help="Address of the running API.")],
    credentials: Annotated[Path, typer.Option(help="The file `grassroots demo` wrote.", exists=True)],
) -> None:
    """Play the main job against a running server; exits non-zero on any surprise."""
    receiver = Receiver()
    try:
        _play(Guide(url), json.loads(credentials.read_text()), receiver)
    except (Surprise, httpx.HTTPError) as surprise:
        typer.echo(f"\n✗ 出乎意料 · surprise: {surprise}", err=True)
        raise typer.Exit(1) from None
    finally:
        receiver.shutdown()
    print("\n✓ 全程如愿 · everything went as it should")


def _play(guide: Guide, known: dict[str, Any], receiver: Receiver) -> None:
    cadre = _sign_in(guide, "干部登录", "a cadre signs in", known, "demo-cadre")
    secretary = _sign_in(guide, "社区书记登录", "the community's secretary signs in", known, "demo-secretary")
    endpoint_path, client = _set_up_receiver(guide, secretary, known["community"], receiver)
    visits = {word: _check_in(guide, cadre, word, place_id) for word, place_id in known["places"].items()}
    visit = visits["a community"]
    _record_and_leave(guide, cadre, visit)
    _hear(guide, receiver, visit["id"], client)
    for word in ("a village", "an enterprise"):
        _leave(guide, cadre, visits[word], '"1"')
    guide.say("社区停用这次演示的回调地址", "the community disables the endpoint of this tour")
    guide.ask(200, "POST", f"{endpoint_path}/disablements", token=secretary)


def _sign_in(guide: Guide, zh: str, en: str, known: dict[str, Any], login: str) -> str:
    guide.say(zh, en)
    body = {"login": login, "password": known["passwords"][login]}
    token: str = guide.ask(200, "POST", "/v1/auth/tokens", body).json()["access_token"]
    return token


def _set_up_receiver(guide: Guide, token: str, organisation_id: str, receiver: Receiver) -> tuple[str, dict[str, str]]:
    guide.say("社区登记回调地址和自己的系统账号", "the community registers where it wants to hear, and its own system")
    body = {"organisation_id": organisation_id, "url": receiver.url, "event_names": ["visit.checked_out"]}
    endpoint_path = f"/v1/endpoints/{new_id()}"
    endpoint = guide.ask(201, "PUT", endpoint_path, body, token=token).json()
    receiver.secret = endpoint["secret"]
    client_id = str(new_id())
    named = {"organisation_id": organisation_id, "name": "社区接收端（演示）"}
    client = guide.ask(201, "PUT", f"/v1/service-clients/{client_id}", named, token=token).json()
    return endpoint_path, {"client_id": client_id, "client_secret": client["client_secret"]}


def _check_in(guide: Guide, token: str, word: str, place_id: str) -> dict[str, Any]:
    guide.say(f"在{NAMES[word]}签到（手机给出 GCJ-02 坐标）", f"check in at {word} with a GCJ-02 position")
    place = guide.ask(200, "GET", f"/v1/places/{place_id}", token=token).json()
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
    visit: dict[str, Any] = guide.ask(201, "PUT", path, body, token=token).json()
    if visit["presence"] != "verified":
        raise Surprise(f"inside the fence, and yet {visit['presence']}: {visit['presence_reasons']}")
    print("   信号不好，同样的请求再发一次 · bad signal, the same request once more")
    again = guide.ask(200, "PUT", path, body, token=token).json()
    if again != visit:
        raise Surprise("the same request gave another visit")
    return visit


def _inside(area: dict[str, Any]) -> tuple[float, float]:
    """A point inside the fence, WGS 84: its centre."""
    if area["type"] == "Point":
        return area["coordinates"][0], area["coordinates"][1]
    corners = area["coordinates"][0][:-1]
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _record_and_leave(guide: Guide, token: str, visit: dict[str, Any]) -> None:
    guide.say("记下听到的和做了的", "write down what was heard and done")
    body = {"purpose": "listening", "people_met": 6, "heard": "三号楼门口路灯不亮。", "done": "当场联系了物业。"}
    path = f"/v1/visits/{visit['id']}/record"
    recorded = guide.ask(200, "PUT", path, body, token=token, etag='"1"')
    print("   拿旧版本再改会被拒绝 · a change based on the old version is refused")
    guide.ask(412, "PUT", path, {**body, "people_met": 7}, token=token, etag='"1"')
    _leave(guide, token, visit, recorded.headers["etag"])


def _leave(guide: Guide, token: str, visit: dict[str, Any], etag: str) -> None:
    guide.say("离开", "check out")
    end = datetime.fromisoformat(visit["checked_in_at"]) + timedelta(minutes=STAY_MINUTES)
    path = f"/v1/visits/{visit['id']}/check-out"
    guide.ask(200, "PUT", path, {"checked_out_at": end.isoformat()}, token=token, etag=etag)


def _hear(guide: Guide, receiver: Receiver, visit_id: str, client: dict[str, str]) -> None:
    guide.say(
        "社区的系统听到走访结束（第一次故意不收）", "the community's system hears of it, refusing once on purpose"
    )
    try:
        told = receiver.heard.get(timeout=PATIENCE_S)
    except queue.Empty:
        raise Surprise(f"nothing came within {PATIENCE_S:.0f} s; is a worker running?") from None
    print(f"   ⇐ 500，再次投递后验签通过 · refused {receiver.refused} time(s), then verified: {_short(told)}")
    if told.get("data", {}).get("subject_id") != visit_id or receiver.refused != 1:
        raise Surprise("the webhook is not the one expected")
    guide.say("社区的系统用自己的账号读取详情", "the community's system reads the details with its own sign-in")
    token = guide.ask(200, "POST", "/v1/auth/client-tokens", client).json()["access_token"]
    details = guide.ask(200, "GET", f"/v1/visits/{visit_id}", token=token).json()
    if details["state"] != "ended" or details["heard"] is not None:
        raise Surprise("the community sees ended visits, without what was confided to the visitor")
    print("   没有服务器的社区可以拉取同样的事件 · those without a server pull the same events")
    feed = guide.ask(200, "GET", "/v1/feed?limit=200", token=token).json()
    if told["id"] not in [item["id"] for item in feed["items"]]:
        raise Surprise("the event is not in the feed")
