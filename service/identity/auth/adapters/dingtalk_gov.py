"""Adapter for government DingTalk (专有钉钉, 浙政钉), whose requests are signed with HMAC.

As its documentation says: first `/gettoken.json` (appkey, appsecret → content.data.accessToken, expiresIn). Then
`/rpc/oauth2/getuserinfo_bycode.json` (code, from the page with the QR code) or `/rpc/oauth2/dingtalk_app_user.json`
(auth_code, from inside the client; it works once within five minutes). Every request carries `apiKey` and the
base64 HMAC-SHA256 of five lines: method, timestamp, nonce, path, sorted parameters.
"""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from service.foundation.clock import Clock
from service.identity.auth.adapters.app_tokens import AppToken
from service.identity.auth.adapters.calls import Calls
from service.identity.auth.adapters.errors import NotAMember, ProviderUnavailable, refused, unavailable
from service.identity.auth.adapters.interface import Attempt, AuthorizationResponse, ProviderIdentity
from service.identity.auth.adapters.provider_settings import DingTalkGovSettings

TOKEN_PATH = "/gettoken.json"  # noqa: S105 - a path
USER_PATHS = {
    "scan": ("/rpc/oauth2/getuserinfo_bycode.json", "code"),
    "in_app": ("/rpc/oauth2/dingtalk_app_user.json", "auth_code"),
}
"""Setting `way` → path that exchanges the code, and the name of its parameter."""
CODE_REFUSED, TOKEN_REFUSED = "240111", "240133"
BEIJING = ZoneInfo("Asia/Shanghai")


def signature_headers(
    key: str, secret: str, method: str, path: str, fields: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """The headers that authenticate a request."""
    timestamp = now.astimezone(BEIJING).isoformat(timespec="milliseconds")
    nonce = f"{int(now.timestamp() * 1000)}{secrets.randbelow(10_000):04}"
    parameters = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    content = "\n".join((method, timestamp, nonce, path, parameters))
    return {
        "X-Hmac-Auth-Timestamp": timestamp,
        "X-Hmac-Auth-Version": "1.0",
        "X-Hmac-Auth-Nonce": nonce,
        "X-Hmac-Auth-Signature": b64encode(hmac.new(secret.encode(), content.encode(), sha256).digest()).decode(),
        "apiKey": key,
    }


class DingTalkGovAdapter:
    """One app of one tenant."""

    def __init__(self, settings: DingTalkGovSettings, calls: Calls, clock: Clock) -> None:
        self._settings = settings
        self._base = settings.base_url.rstrip("/")
        self._secret = settings.secret.value()
        self._calls = calls
        self._clock = clock
        self._token = AppToken(self._fetch, clock)

    async def page(self, attempt: Attempt) -> str | None:
        """The page with the QR code; None inside the client, which gives the code without a page."""
        if self._settings.way == "in_app":
            return None
        request = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": "get_user_info",
            "authType": "QRCODE",
            "state": attempt.state,
        }
        return f"{self._settings.login_url}?{urlencode(request)}"

    async def identify(self, attempt: Attempt, response: AuthorizationResponse) -> ProviderIdentity:
        """The person's employee code or account id, as the setting `subject` says."""
        token = await self._token.current()
        content = await self._user(token, response.code)
        if content.get("responseCode") == TOKEN_REFUSED:
            content = await self._user(await self._token.after(token), response.code)
        if content.get("responseCode") == CODE_REFUSED:
            raise refused(attempt.provider, f"responseCode {CODE_REFUSED}")
        person = content.get("data")
        if content.get("success") is not True or not isinstance(person, dict):
            raise self._failure(content)
        if str(person.get("tenantId")) != self._settings.tenant_id:
            raise NotAMember
        subject = person.get(self._settings.subject)
        if not isinstance(subject, str | int) or not str(subject):
            raise refused(attempt.provider, f"no {self._settings.subject}")
        return ProviderIdentity(attempt.provider, str(subject))

    async def _user(self, token: str, code: str) -> dict[str, Any]:
        path, parameter = USER_PATHS[self._settings.way]
        return await self._call("POST", path, {"access_token": token, parameter: code})

    async def _fetch(self) -> tuple[str, timedelta]:
        content = await self._call("GET", TOKEN_PATH, {"appkey": self._settings.app_key, "appsecret": self._secret})
        data = content.get("data")
        if content.get("success") is not True or not isinstance(data, dict):
            raise self._failure(content)
        token, lifetime_s = data.get("accessToken"), str(data.get("expiresIn"))
        if not isinstance(token, str) or not lifetime_s.isdecimal():
            raise self._failure(content)
        return token, timedelta(seconds=int(lifetime_s[:9]))

    async def _call(self, method: str, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The field `content` of the answer. Raises: ProviderUnavailable."""
        headers = signature_headers(self._settings.app_key, self._secret, method, path, fields, self._clock())
        send = self._calls.get if method == "GET" else self._calls.post
        _, answer = await send(self._base + path, fields, headers)
        content = answer.get("content")
        if answer.get("success") is not True or not isinstance(content, dict):
            raise self._failure(answer)
        return content

    def _failure(self, answer: dict[str, Any]) -> ProviderUnavailable:
        number = answer.get("responseCode") or answer.get("errorCode") or answer.get("bizErrorCode")
        return unavailable(self._settings.name, "responseCode", response_code=str(number)[:30])
