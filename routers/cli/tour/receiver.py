"""A webhook receiver on the loopback interface: the server of the community."""

import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from routers.cli.tour.guide import Guide, UnexpectedResponse, short
from service.foundation.ids import new_id

PATIENCE_S = 30.0


class Receiver(ThreadingHTTPServer):
    """Refuses the first call on purpose, then verifies each call and stores its event."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secrets: dict[str, str] = {}
        self.refused = 0
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        """Return the URL of one endpoint."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def await_event(self, name: str) -> dict[str, Any]:
        """Wait for the next event with this name and skip others. Raises: UnexpectedResponse after PATIENCE_S."""
        until = time.monotonic() + PATIENCE_S
        while (remaining_s := until - time.monotonic()) > 0:
            try:
                event = self.received.get(timeout=remaining_s)
            except queue.Empty:
                break
            if "error" in event:
                raise UnexpectedResponse(f"the signature does not verify: {event['error']}")
            if event["type"] == name:
                return event
        raise UnexpectedResponse(f"no {name} arrived within {PATIENCE_S:.0f} s; is a worker running?")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self._verify(body, dict(self.headers.items())))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _verify(self, body: bytes, headers: dict[str, str]) -> int:
        secret = self.server.secrets.get(self.path)
        if secret is None or self.server.refused == 0:
            self.server.refused += 1
            return 500
        try:
            event = Webhook(secret).verify(body, headers)
        except WebhookVerificationError as failure:
            self.server.received.put({"error": str(failure)})
            return 400
        self.server.received.put({**event, "id": headers.get("webhook-id")})
        return 204

    def log_message(self, *_: object) -> None:
        """Print nothing; the tour prints the events."""


def subscribe(guide: Guide, token: str, organisation_id: str, receiver: Receiver, path: str, event: str) -> str:
    """Register an endpoint and store its secret; return the URL of the endpoint."""
    endpoint = f"/v1/endpoints/{new_id()}"
    body = {"organisation_id": organisation_id, "url": receiver.url(path), "event_names": [event]}
    receiver.secrets[path] = guide.send(201, "PUT", endpoint, body, token=token).json()["secret"]
    return endpoint


def await_webhook(receiver: Receiver, name: str, subject_id: str) -> dict[str, Any]:
    """Wait for a webhook and check its subject."""
    event = receiver.await_event(name)
    print(f"   ⇐ 验签通过 · verified: {short(event)}")
    if event["data"]["subject_id"] != subject_id:
        raise UnexpectedResponse("the webhook has another subject")
    return event
