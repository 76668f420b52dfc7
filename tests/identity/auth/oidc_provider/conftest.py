"""Fixtures: a real OpenID Connect server (npm `oidc-provider`, from the lock file here)."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from service.foundation.clock import system_clock
from service.foundation.settings import Settings
from tests.build.npm import install
from tests.conftest import FakeClock

HERE = Path(__file__).parent
BACK = "http://127.0.0.1/signed-in"
SIGNED_WITH = {"by-secret": "RS256", "by-key": "ES256", "by-pkce": "PS256"}
"""Our providers, one for each client authentication method, and the algorithm of their ID tokens."""


@dataclass
class Server:
    """The running server."""

    url: str
    process: subprocess.Popen[str]

    def rotate(self) -> None:
        """Replace all keys: the server then signs with and publishes only new ones."""
        assert self.process.stdin
        self.process.stdin.write("rotate\n")
        self.process.stdin.flush()
        self._wait_for("rotate")

    def _wait_for(self, word: str) -> None:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line == word, f"the server fields {line!r}"


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    """The key that authenticates one of our clients at the server."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def server(key: ec.EllipticCurvePrivateKey) -> Iterator[Server]:
    public = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "ours", "use": "sig"}
    methods: dict[str, dict[str, Any]] = {
        "by-secret": {"token_endpoint_auth_method": "client_secret_basic", "client_secret": "a secret: + & %"},
        "by-key": {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]}},
        "by-pkce": {"token_endpoint_auth_method": "none"},
    }
    common = {"redirect_uris": [BACK], "application_type": "native"}
    clients = [
        {**common, "client_id": name, "id_token_signed_response_alg": SIGNED_WITH[name], **fields}
        for name, fields in methods.items()
    ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", "server.mjs", str(port), json.dumps(clients)]
    with subprocess.Popen(
        command, cwd=install(HERE, "server.mjs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        running = Server(f"http://127.0.0.1:{port}", process)
        running._wait_for("ready")
        yield running
        process.terminate()


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    """A clock that starts at the real time, because the server uses it; tests may move it."""
    clock = FakeClock()
    clock.now = system_clock()
    return clock


@pytest.fixture(scope="module")
def settings(
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    server: Server,
    key: ec.EllipticCurvePrivateKey,
) -> Settings:
    folder = tmp_path_factory.mktemp("secrets")
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(key.private_bytes(*pem))
    (folder / "secret").write_text("a secret: + & %\n")
    methods: dict[str, dict[str, Any]] = {
        "by-secret": {"secret": {"file": str(folder / "secret")}},
        "by-key": {"private_key": {"file": str(folder / "key")}, "key_id": "ours"},
        "by-pkce": {"subject_claim": "staff_number"},
    }
    common = {"kind": "oidc", "issuer": server.url, "title_zh": "统一登录", "title_en": "SSO", "redirect_uris": [BACK]}
    return settings.model_copy(
        update={
            "sign_in_allowed_subnets": (ip_network("127.0.0.0/8"),),
            "sign_in_providers": [
                {**common, "name": name, "client_id": name, **fields} for name, fields in methods.items()
            ],
        }
    )


async def sign_in_on_pages(page: str, login: str) -> dict[str, str]:
    """Sign in on the server's pages like a browser, and return the parameters of the redirect."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as browser:
        answer = await browser.get(page)
        for _ in range(10):
            while answer.is_redirect:
                where = urljoin(str(answer.url), answer.headers["location"])
                if where.startswith(BACK):
                    return dict(parse_qsl(urlsplit(where).query))
                answer = await browser.get(where)
            form = re.search(r'action="([^"]+)".*?name="prompt" value="([^"]+)"', answer.text, re.DOTALL)
            assert form, answer.text
            fields = {"prompt": form[2], "login": login, "password": "any"}
            answer = await browser.post(urljoin(str(answer.url), form[1]), data=fields)
    raise AssertionError("the pages lead nowhere")
