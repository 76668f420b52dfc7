"""The running server: IPv4 and IPv6, and the limit for headers."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from routers.app import create_app
from routers.deps import Resources
from service.foundation.settings import Settings
from tests.conftest import FakeClock
from tests.surface.serving import listening


@pytest.fixture(scope="module")
def port(settings: Settings, clock: FakeClock) -> Iterator[int]:
    """The port of a real server that listens on `::`."""
    with listening(create_app(Resources.of(settings, clock)), "::") as port:
        yield port


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_ipv4_and_ipv6_requests_are_answered(port: int, host: str) -> None:
    assert _get(host, port).status_code == 200


def _get(host: str, port: int) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.get(f"http://{host}:{port}/livez")


def test_endless_headers_close_the_connection(port: int) -> None:
    sent_bytes = 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: ")
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012 - any of the calls may fail
            while sent_bytes < 50_000_000:
                connection.sendall(b"x" * 10_000)
                sent_bytes += 10_000

    assert sent_bytes < 20_000_000


def test_large_body_does_not_count_as_headers(port: int) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"http://127.0.0.1:{port}/v1/auth/tokens", content=b"x" * 500_000)

    assert answer.status_code == 422
