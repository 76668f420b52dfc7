"""Government DingTalk (专有钉钉, 浙政钉): an app token, requests signed with HMAC, and a code that names a person.

As documented: `/gettoken.json` (appkey, appsecret → content.data.accessToken, expiresIn), then by the way in
`/rpc/oauth2/getuserinfo_bycode.json` (code, of the page to scan) or `/rpc/oauth2/dingtalk_app_user.json` (auth_code,
given inside the client, five minutes, once). Every request carries `apiKey` and the HMAC-SHA256, in base64, over
method, timestamp, nonce, path and the sorted parameters, one below the other.
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
from service.identity.auth.adapters.configured import DingTalkGov
from service.identity.auth.adapters.errors import NotAMember, ProviderUnavailable, refused, unavailable
from service.identity.auth.adapters.interface import Attempt, CameBack, Identified

TOKEN_PATH = "/gettoken.json"  # noqa: S105 - a path
USER_PATHS = {
    "scan": ("/rpc/oauth2/getuserinfo_bycode.json", "code"),
    "in_app": ("/rpc/oauth2/dingtalk_app_user.json", "auth_code"),
}
"""The way in → where its code is exchanged, and what it is called there."""
CODE_REFUSED, TOKEN_REFUSED = "240111", "240133"
BEIJING = ZoneInfo("Asia/Shanghai")


def signed(key: str, secret: str, method: str, path: str, fields: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The headers that vouch for a request."""
    moment = now.astimezone(BEIJING).isoformat(timespec="milliseconds")
    nonce = f"{int(now.timestamp() * 1000)}{secrets.randbelow(10_000):04}"
    plain = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    content = "\n".join((method, moment, nonce, path, plain))
    return {
        "X-Hmac-Auth-Timestamp": moment,
        "X-Hmac-Auth-Version": "1.0",
        "X-Hmac-Auth-Nonce": nonce,
        "X-Hmac-Auth-Signature": b64encode(hmac.new(secret.encode(), content.encode(), sha256).digest()).decode(),
        "apiKey": key,
    }


class DingTalkGovAdapter:
    """One app of one tenant."""

    def __init__(self, configured: DingTalkGov, calls: Calls, clock: Clock) -> None:
        self._configured = configured
        self._base = configured.base_url.rstrip("/")
        self._secret = configured.secret.value()
        self._calls = calls
        self._clock = clock
        self._token = AppToken(self._fetch, clock)

    async def page(self, attempt: Attempt) -> str | None:
        """The page with a code to scan; inside the client there is none."""
        if self._configured.way == "in_app":
            return None
        request = {
            "response_type": "code",
            "client_id": self._configured.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": "get_user_info",
            "authType": "QRCODE",
            "state": attempt.state,
        }
        return f"{self._configured.login_url}?{urlencode(request)}"

    async def identify(self, attempt: Attempt, came_back: CameBack) -> Identified:
        """The person's code in the directory, or the account's id, as configured."""
        token = await self._token.current()
        said = await self._user(token, came_back.code)
        if said.get("responseCode") == TOKEN_REFUSED:
            said = await self._user(await self._token.after(token), came_back.code)
        if said.get("responseCode") == CODE_REFUSED:
            raise refused(attempt.provider, f"responseCode {CODE_REFUSED}")
        person = said.get("data")
        if said.get("success") is not True or not isinstance(person, dict):
            raise self._failed(said)
        if str(person.get("tenantId")) != self._configured.tenant_id:
            raise NotAMember
        subject = person.get(self._configured.subject)
        if not isinstance(subject, str | int) or not str(subject):
            raise refused(attempt.provider, f"no {self._configured.subject}")
        return Identified(attempt.provider, str(subject))

    async def _user(self, token: str, code: str) -> dict[str, Any]:
        path, named = USER_PATHS[self._configured.way]
        return await self._ask("POST", path, {"access_token": token, named: code})

    async def _fetch(self) -> tuple[str, timedelta]:
        said = await self._ask("GET", TOKEN_PATH, {"appkey": self._configured.app_key, "appsecret": self._secret})
        given = said.get("data")
        if said.get("success") is not True or not isinstance(given, dict):
            raise self._failed(said)
        token, lifetime_s = given.get("accessToken"), str(given.get("expiresIn"))
        if not isinstance(token, str) or not lifetime_s.isdecimal():
            raise self._failed(said)
        return token, timedelta(seconds=int(lifetime_s[:9]))

    async def _ask(self, method: str, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The `content` of the envelope. Raises ProviderUnavailable."""
        headers = signed(self._configured.app_key, self._secret, method, path, fields, self._clock())
        ask = self._calls.get if method == "GET" else self._calls.post
        _, said = await ask(self._base + path, fields, headers)
        content = said.get("content")
        if said.get("success") is not True or not isinstance(content, dict):
            raise self._failed(said)
        return content

    def _failed(self, said: dict[str, Any]) -> ProviderUnavailable:
        number = said.get("responseCode") or said.get("errorCode") or said.get("bizErrorCode")
        return unavailable(self._configured.name, "responseCode", response_code=str(number)[:30])
