"""Adapter for WeCom (企业微信) and 政务微信: an app token, and a code that identifies a member.

As its documentation says: `gettoken` (corpid, corpsecret → access_token, expires_in), then `auth/getuserinfo`
(access_token, code → `userid` of a member, or `openid` of an outsider). The older `user/getuserinfo` of private
installations spells it `UserId`. A code works once within five minutes; `state` is at most 128 letters and digits.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from service.foundation.clock import Clock
from service.identity.auth.adapters.app_tokens import AppToken
from service.identity.auth.adapters.calls import Calls
from service.identity.auth.adapters.errors import NotAMember, ProviderUnavailable, refused, unavailable
from service.identity.auth.adapters.interface import Attempt, AuthorizationResponse, ProviderIdentity
from service.identity.auth.adapters.provider_settings import WeComSettings

TOKEN_REFUSED = {40014, 42001}
"""The app token is invalid or has expired."""
CODE_REFUSED = {40029, 40078, 41008}
"""The code is invalid, was used, or is missing."""


class WeComAdapter:
    """One app of one corporation."""

    def __init__(self, settings: WeComSettings, calls: Calls, clock: Clock) -> None:
        self._settings = settings
        self._base = settings.base_url.rstrip("/")
        self._secret = settings.secret.value()
        self._calls = calls
        self._token = AppToken(self._fetch, clock)

    async def page(self, attempt: Attempt) -> str:
        """The page for the WeCom client, or the page with the QR code, as the setting `page` says."""
        request = {
            "appid": self._settings.corp_id,
            "agentid": self._settings.agent_id,
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
        }
        if self._settings.page == "scan":
            return f"{self._settings.scan_url}?{urlencode({'login_type': 'CorpApp', **request})}"
        in_app = {**request, "response_type": "code", "scope": "snsapi_base"}
        return f"{self._settings.authorize_url}?{urlencode(in_app)}#wechat_redirect"

    async def identify(self, attempt: Attempt, response: AuthorizationResponse) -> ProviderIdentity:
        """The member's `userid`."""
        token = await self._token.current()
        answer = await self._user(token, response.code)
        if answer.get("errcode") in TOKEN_REFUSED:
            answer = await self._user(await self._token.after(token), response.code)
        if answer.get("errcode") in CODE_REFUSED:
            raise refused(attempt.provider, f"errcode {answer['errcode']}")
        if answer.get("errcode") != 0:
            raise self._failure(answer)
        member = answer.get("userid") or answer.get("UserId")
        if isinstance(member, str) and member:
            return ProviderIdentity(attempt.provider, self._settings.normalize_subject(member))
        if any(answer.get(name) for name in ("openid", "OpenId", "external_userid")):
            raise NotAMember
        raise unavailable(self._settings.name, "no userid")

    async def _user(self, token: str, code: str) -> dict[str, Any]:
        url = f"{self._base}/cgi-bin/{self._settings.user_info_path}"
        return (await self._calls.get(url, {"access_token": token, "code": code}))[1]

    async def _fetch(self) -> tuple[str, timedelta]:
        request = {"corpid": self._settings.corp_id, "corpsecret": self._secret}
        _, answer = await self._calls.get(f"{self._base}/cgi-bin/gettoken", request)
        token, lifetime_s = answer.get("access_token"), answer.get("expires_in")
        if answer.get("errcode") != 0 or not isinstance(token, str) or not isinstance(lifetime_s, int):
            raise self._failure(answer)
        return token, timedelta(seconds=lifetime_s)

    def _failure(self, answer: dict[str, Any]) -> ProviderUnavailable:
        # the number shows an operator which setting is wrong; the provider's text may repeat the secret
        return unavailable(self._settings.name, "errcode", errcode=str(answer.get("errcode"))[:20])
