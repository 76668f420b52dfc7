"""Fake providers on loopback that behave as their documentation says, signatures included.

They use none of our code.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.conftest import FakeClock
from tests.outward.webhooks.receiver import Received, Wire, a_receiver

Answer = tuple[int, dict[str, Any]]


@dataclass
class Platform:
    """What fake providers share: the requested paths, and `misbehave`, which answers instead."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    misbehave: Callable[[str, Wire], Awaitable[None]] | None = None
    delay_s: float = 0.0

    def count(self, path: str) -> int:
        return self.paths.count(path)

    async def reply(self, request: Received, wire: Wire) -> None:
        url = urlsplit(request.path)
        self.paths.append(url.path)
        if self.misbehave:
            await self.misbehave(url.path, wire)
            return
        await asyncio.sleep(self.delay_s)
        fields = dict(parse_qsl(url.query) + parse_qsl(request.body.decode()))
        status, content = self.answer(url.path, fields, request)
        send(wire, status, json.dumps(content).encode())

    def answer(self, path: str, fields: dict[str, str], request: Received) -> Answer:
        raise NotImplementedError


def send(wire: Wire, status: int, body: bytes, headers: str = "") -> None:
    wire.write(
        f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    )


@asynccontextmanager
async def on_loopback(platform: Platform) -> AsyncIterator[None]:
    async with a_receiver() as receiver:
        receiver.reply = platform.reply
        platform.url = f"http://127.0.0.1:{receiver.port}"
        yield


@dataclass
class FakeWeCom(Platform):
    """The endpoints gettoken and auth/getuserinfo with their error numbers."""

    secret: str = "wecom-app-secret"
    tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refusal: int = 42001

    def issue_code(self, **person: str) -> str:
        code = secrets.token_hex(8)
        self.codes[code] = person
        return code

    def answer(self, path: str, fields: dict[str, str], request: Received) -> Answer:
        if path == "/cgi-bin/gettoken":
            if (fields.get("corpid"), fields.get("corpsecret")) != ("ww1", self.secret):
                return 200, {"errcode": 40001, "errmsg": f"invalid credential {fields.get('corpsecret')}"}
            token = secrets.token_hex(8)
            self.tokens.add(token)
            return 200, {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}
        if path != "/cgi-bin/auth/getuserinfo":
            return 404, {}
        if fields.get("access_token") not in self.tokens:
            return 200, {"errcode": self.refusal, "errmsg": "access_token"}
        person = self.codes.pop(fields.get("code", ""), None)
        return 200, {"errcode": 0, "errmsg": "ok", **person} if person else {"errcode": 40029, "errmsg": "invalid code"}


@dataclass
class FakeDingTalkGov(Platform):
    """The answer envelope, the signed headers, and both endpoints that exchange a code."""

    key: str = "app-key"
    secret: str = "dingtalk-app-secret"
    tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def issue_code(self, **person: Any) -> str:
        code = secrets.token_hex(8)
        self.codes[code] = {"tenantId": 12371, "accountId": 100135, "lastName": "某同志", "namespace": "local"} | person
        return code

    def answer(self, path: str, fields: dict[str, str], request: Received) -> Answer:
        if not self._is_signed(path, fields, request):
            return 200, {"success": False, "errorCode": "OPF-B001-05-16-0009", "errorMsg": "SignatureDoesNotMatch"}
        if path == "/gettoken.json":
            token = secrets.token_hex(8)
            self.tokens.add(token)
            return 200, self._content("0", {"accessToken": token, "expiresIn": "7200"})
        parameter = {"/rpc/oauth2/getuserinfo_bycode.json": "code", "/rpc/oauth2/dingtalk_app_user.json": "auth_code"}[
            path
        ]
        if fields.get("access_token") not in self.tokens:
            return 200, self._content("240133", None)
        person = self.codes.pop(fields.get(parameter, ""), None)
        return 200, self._content("0" if person else "240111", person)

    def _content(self, number: str, data: dict[str, Any] | None) -> dict[str, Any]:
        is_good = number == "0"
        content = {"responseCode": number, "responseMessage": "-", "success": is_good, "data": data}
        return {"success": True, "content": content}

    def _is_signed(self, path: str, fields: dict[str, str], request: Received) -> bool:
        method = "GET" if path == "/gettoken.json" else "POST"
        headers = request.headers
        parameters = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        lines = f"{method}\n{headers['x-hmac-auth-timestamp']}\n{headers['x-hmac-auth-nonce']}\n{path}\n{parameters}"
        mac = base64.b64encode(hmac.digest(self.secret.encode(), lines.encode(), hashlib.sha256)).decode()
        is_key = headers["apikey"] == self.key and fields.get("appsecret", self.secret) == self.secret
        return is_key and hmac.compare_digest(mac, headers["x-hmac-auth-signature"])


@dataclass
class FakeIssuer(Platform):
    """An OpenID Connect issuer; a test may alter its claims (`change`) or the whole token (`forge`)."""

    clock: FakeClock = field(default_factory=FakeClock)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    key_id: str = "first"
    grants: dict[str, dict[str, Any]] = field(default_factory=dict)
    forge: Callable[[dict[str, Any]], str] | None = None
    issuer_in_discovery: str | None = None

    def issue_code(self, page: str, subject: str, /, **change: Any) -> str:
        """The code that the page would return; `change` replaces claims, None removes one."""
        request = dict(parse_qsl(urlsplit(page).query))
        code = secrets.token_hex(8)
        self.grants[code] = {"request": request, "sub": subject, "change": change}
        return code

    def answer(self, path: str, fields: dict[str, str], request: Received) -> Answer:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer_in_discovery or self.url,
                "authorization_endpoint": f"{self.url}/auth",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "authorization_response_iss_parameter_supported": True,
            }
        if path == "/jwks":
            public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return 200, {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": "ES256"}]}
        grant = self.grants.pop(fields.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        if grant is None or grant["request"]["code_challenge"] != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self._token(grant)}

    def _token(self, grant: dict[str, Any]) -> str:
        now = self.clock()
        half = hashlib.sha256(b"opaque").digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": "grassroots-app",
            "sub": grant["sub"],
            "nonce": grant["request"]["nonce"],
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        } | grant["change"]
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.forge:
            return self.forge(claims)
        return jwt.encode(claims, self.key, "ES256", headers={"kid": self.key_id})
