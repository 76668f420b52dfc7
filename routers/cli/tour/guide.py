"""The guide: asks, prints what was asked and what came back, and insists on what it expects."""

import json
from typing import Any

import httpx

SHOWN = 320
"""So many characters of an answer are printed."""
SECRETS = frozenset(
    {"password", "secret", "uri", "recovery_codes", "client_secret", "access_token", "refresh_token", "link"}
    | {"phone", "jws"}
)


class Surprise(RuntimeError):
    """Something came back that the story does not expect."""


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
        print(f"   → {method} {path} {short(_hidden(body)) if body else ''}")
        is_json = (
            answer.headers.get("content-type") in {"application/json", "application/problem+json"} and answer.content
        )
        shown = short(_hidden(answer.json())) if is_json else f"{len(answer.content)} bytes"
        print(f"   ← {answer.status_code} {shown}")
        if answer.status_code != expected:
            raise Surprise(f"{method} {path}: expected {expected}, got {answer.status_code}")
        return answer

    def move(self, path: str, body: Any, *, of: str, token: str) -> dict[str, Any]:
        """Change something, based on the version that is there now."""
        etag = self.http.get(of, headers={"Authorization": f"Bearer {token}"}).headers["etag"]
        moved: dict[str, Any] = self.ask(200, "PUT", path, body, token=token, etag=etag).json()
        return moved

    def sign_in(self, known: dict[str, Any], login: str) -> str:
        """A token for one of the demo's people."""
        body = {"login": login, "password": known["passwords"][login]}
        token: str = self.ask(200, "POST", "/v1/auth/tokens", body).json()["access_token"]
        return token


def _hidden(body: Any) -> Any:
    """The same without secrets, and without what tells a reader nothing: empty fields and other records' ids."""
    if isinstance(body, list):
        return [_hidden(item) for item in body]
    if not isinstance(body, dict):
        return body
    body = {key: value for key, value in body.items() if value is not None and not key.endswith("_by")}
    return {key: "…" if value and _is_secret(key, value) else value for key, value in body.items()}


def _is_secret(key: str, value: Any) -> bool:
    """A failure has a code, too; an authenticator's are digits."""
    return key in SECRETS or (key == "code" and str(value).isdigit())


def short(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"
