"""The server as it listens: both families, and a head that never ends."""

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
    """The port of a real server told to listen on `::`."""
    with listening(create_app(Resources.of(settings, clock)), "::") as port:
        yield port


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_both_families_are_answered(port: int, host: str) -> None:
    assert _answer(host, port).status_code == 200


def _answer(host: str, port: int) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.get(f"http://{host}:{port}/livez")


def test_a_head_that_never_ends_is_hung_up_on(port: int) -> None:
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: ")
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012 - it is refused somewhere along the way
            while sent < 50_000_000:
                connection.sendall(b"x" * 10_000)
                sent += 10_000

    assert sent < 20_000_000


def test_a_body_is_no_head(port: int) -> None:
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"http://127.0.0.1:{port}/v1/auth/tokens", content=b"x" * 500_000)

    assert answer.status_code == 422
