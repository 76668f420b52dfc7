"""The community's own server on the loopback, as an ordinary receiver of webhooks."""

import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from routers.cli.tour.guide import Guide, Surprise, short
from service.foundation.ids import new_id

PATIENCE_S = 30.0


class Receiver(ThreadingHTTPServer):
    """Refuses the very first call on purpose, then verifies each by the secret of its path, and keeps what it heard."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secrets: dict[str, str] = {}
        self.refused = 0
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        """Where it listens for one endpoint."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def await_event(self, name: str) -> dict[str, Any]:
        """The next event of that name; others are passed over. Raises Surprise when none comes in time."""
        until = time.monotonic() + PATIENCE_S
        while (left_s := until - time.monotonic()) > 0:
            try:
                told = self.heard.get(timeout=left_s)
            except queue.Empty:
                break
            if "error" in told:
                raise Surprise(f"the signature does not verify: {told['error']}")
            if told["type"] == name:
                return told
        raise Surprise(f"no {name} came within {PATIENCE_S:.0f} s; is a worker running?")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self._judged(body, dict(self.headers.items())))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _judged(self, body: bytes, headers: dict[str, str]) -> int:
        secret = self.server.secrets.get(self.path)
        if secret is None or self.server.refused == 0:
            self.server.refused += 1
            return 500
        try:
            told = Webhook(secret).verify(body, headers)
        except WebhookVerificationError as failure:
            self.server.heard.put({"error": str(failure)})
            return 400
        self.server.heard.put({**told, "id": headers.get("webhook-id")})
        return 204

    def log_message(self, *_: object) -> None:
        """Quiet: the tour tells the story."""


def subscribe(guide: Guide, token: str, organisation_id: str, receiver: Receiver, path: str, event: str) -> str:
    """Register an endpoint and keep its secret; the address of the endpoint."""
    endpoint = f"/v1/endpoints/{new_id()}"
    body = {"organisation_id": organisation_id, "url": receiver.url(path), "event_names": [event]}
    receiver.secrets[path] = guide.ask(201, "PUT", endpoint, body, token=token).json()["secret"]
    return endpoint


def hear(receiver: Receiver, name: str, subject_id: str) -> dict[str, Any]:
    """Await the webhook and insist on whom it is about."""
    told = receiver.await_event(name)
    print(f"   ⇐ 验签通过 · verified: {short(told)}")
    if told["data"]["subject_id"] != subject_id:
        raise Surprise("the webhook is not the one expected")
    return told
