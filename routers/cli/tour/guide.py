"""`Guide`: send the requests of the tour, print request and response, check the status."""

import json
from typing import Any

import httpx

SHOWN = 320
"""How many characters of a request or response are printed."""
SECRETS = frozenset(
    {"password", "secret", "uri", "recovery_codes", "client_secret", "access_token", "refresh_token", "link"}
    | {"phone", "jws"}
)


class UnexpectedResponse(RuntimeError):
    """A response differs from what the tour expects."""


class Guide:
    """Sends requests, prints them with their responses, and checks the status."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self.step = 0

    def say(self, zh: str, en: str) -> None:
        self.step += 1
        print(f"\n{self.step}. {zh} · {en}")

    def send(
        self, expected: int, method: str, path: str, body: Any = None, *, token: str = "", etag: str | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"If-Match": etag} if etag else {}
        response = self.http.request(method, path, json=body, headers=headers)
        print(f"   → {method} {path} {short(_hide_secrets(body)) if body else ''}")
        is_json = (
            response.headers.get("content-type") in {"application/json", "application/problem+json"}
            and response.content
        )
        text = short(_hide_secrets(response.json())) if is_json else f"{len(response.content)} bytes"
        print(f"   ← {response.status_code} {text}")
        if response.status_code != expected:
            raise UnexpectedResponse(f"{method} {path}: expected {expected}, got {response.status_code}")
        return response

    def put_current(self, path: str, body: Any, *, of: str, token: str) -> dict[str, Any]:
        """Send a PUT that is based on the current version of the record `of`."""
        etag = self.http.get(of, headers={"Authorization": f"Bearer {token}"}).headers["etag"]
        changed: dict[str, Any] = self.send(200, "PUT", path, body, token=token, etag=etag).json()
        return changed

    def sign_in(self, demo: dict[str, Any], login: str) -> str:
        """Sign in one of the people of the demo; return the access token."""
        body = {"login": login, "password": demo["passwords"][login]}
        token: str = self.send(200, "POST", "/v1/auth/tokens", body).json()["access_token"]
        return token


def _hide_secrets(body: Any) -> Any:
    """Return the body with secrets hidden, and without empty fields and `…_by` ids."""
    if isinstance(body, list):
        return [_hide_secrets(item) for item in body]
    if not isinstance(body, dict):
        return body
    body = {key: value for key, value in body.items() if value is not None and not key.endswith("_by")}
    return {key: "…" if value and _is_secret(key, value) else value for key, value in body.items()}


def _is_secret(key: str, value: Any) -> bool:
    """Return whether a value is secret.

    A `code` of digits is from an authenticator; others are error codes.
    """
    return key in SECRETS or (key == "code" and str(value).isdigit())


def short(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"
