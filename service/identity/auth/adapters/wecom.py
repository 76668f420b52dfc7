"""WeCom (企业微信) and 政务微信: an app token and a code that name a member.

As documented: `gettoken` (corpid, corpsecret → access_token, expires_in), then `auth/getuserinfo` (access_token, code →
`userid` of a member, or `openid` of somebody else). The older `user/getuserinfo` of private installations spells
it `UserId`. A code lives five minutes and works once; `state` takes letters and digits, at most 128.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from service.foundation.clock import Clock
from service.identity.auth.adapters.app_tokens import AppToken
from service.identity.auth.adapters.calls import Calls
from service.identity.auth.adapters.configured import WeCom
from service.identity.auth.adapters.errors import NotAMember, ProviderUnavailable, refused, unavailable
from service.identity.auth.adapters.interface import Attempt, CameBack, Identified

TOKEN_REFUSED = {40014, 42001}
"""The app token is not valid, or no longer."""
CODE_REFUSED = {40029, 40078, 41008}
"""The code is not valid, was used, or is missing."""


class WeComAdapter:
    """One app of one corporation."""

    def __init__(self, configured: WeCom, calls: Calls, clock: Clock) -> None:
        self._configured = configured
        self._base = configured.base_url.rstrip("/")
        self._secret = configured.secret.value()
        self._calls = calls
        self._token = AppToken(self._fetch, clock)

    async def page(self, attempt: Attempt) -> str:
        """The page inside the client, or the one with a code to scan."""
        request = {
            "appid": self._configured.corp_id,
            "agentid": self._configured.agent_id,
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
        }
        if self._configured.page == "scan":
            return f"{self._configured.scan_url}?{urlencode({'login_type': 'CorpApp', **request})}"
        silent = {**request, "response_type": "code", "scope": "snsapi_base"}
        return f"{self._configured.authorize_url}?{urlencode(silent)}#wechat_redirect"

    async def identify(self, attempt: Attempt, came_back: CameBack) -> Identified:
        """The member's `userid`."""
        token = await self._token.current()
        said = await self._user(token, came_back.code)
        if said.get("errcode") in TOKEN_REFUSED:
            said = await self._user(await self._token.after(token), came_back.code)
        if said.get("errcode") in CODE_REFUSED:
            raise refused(attempt.provider, f"errcode {said['errcode']}")
        if said.get("errcode") != 0:
            raise self._failed(said)
        member = said.get("userid") or said.get("UserId")
        if isinstance(member, str) and member:
            return Identified(attempt.provider, self._configured.normal(member))
        if any(said.get(name) for name in ("openid", "OpenId", "external_userid")):
            raise NotAMember
        raise unavailable(self._configured.name, "no userid")

    async def _user(self, token: str, code: str) -> dict[str, Any]:
        url = f"{self._base}/cgi-bin/{self._configured.user_info_path}"
        return (await self._calls.get(url, {"access_token": token, "code": code}))[1]

    async def _fetch(self) -> tuple[str, timedelta]:
        request = {"corpid": self._configured.corp_id, "corpsecret": self._secret}
        _, said = await self._calls.get(f"{self._base}/cgi-bin/gettoken", request)
        token, lifetime_s = said.get("access_token"), said.get("expires_in")
        if said.get("errcode") != 0 or not isinstance(token, str) or not isinstance(lifetime_s, int):
            raise self._failed(said)
        return token, timedelta(seconds=lifetime_s)

    def _failed(self, said: dict[str, Any]) -> ProviderUnavailable:
        # the number tells an operator which setting is wrong; the provider's text may repeat what was sent
        return unavailable(self._configured.name, "errcode", errcode=str(said.get("errcode"))[:20])
