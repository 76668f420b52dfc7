"""The HTTP client for outgoing calls: no private addresses, no redirects, limits of time and size."""

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.foundation.http import (
    MAX_RETRY_AFTER_S,
    RESPONSE_BYTES,
    NoResponse,
    OutboundClient,
    OutboundResponse,
    Subnets,
    may_reach,
)
from tests.outward.webhooks.receiver import Received, Wire, a_receiver

LOOPBACK = (ip_network("127.0.0.0/8"),)
PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - to be refused
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.2.1",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
]
PUBLIC = ["8.8.8.8", "114.114.114.114", "223.5.5.5", "2400:3200::1", "2606:4700::1111"]


class FakeResolver:
    """Resolves every name to these addresses and records the queries."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.queries: list[object] = []

    def __call__(self, host: object, port: object, *_: object, **__: object) -> Sequence[tuple[object, ...]]:
        self.queries.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses]


async def post(url: str, allowed: Subnets = LOOPBACK, timeout_s: float = 2.0) -> OutboundResponse | NoResponse:
    async with OutboundClient(timeout_s=timeout_s, allowed=allowed) as caller:
        return await caller.post(url, b"{}", {})


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_in_every_notation(address: str) -> None:
    assert not may_reach(ip_address(address), ())


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert may_reach(ip_address(address), ())


def test_only_allowed_refuses_public_addresses() -> None:
    home = (ip_network("10.20.0.0/16"),)

    assert may_reach(ip_address("10.20.3.4"), home, only_allowed=True)
    assert not any(may_reach(ip_address(address), home, only_allowed=True) for address in PUBLIC)


def test_allowed_subnet_permits_its_own_addresses_only() -> None:
    assert may_reach(ip_address("10.20.3.4"), (ip_network("10.20.0.0/16"),))
    assert may_reach(ip_address("fd12::7"), (ip_network("fd12::/64"),))
    assert not may_reach(ip_address("10.21.3.4"), (ip_network("10.20.0.0/16"),))
    assert not may_reach(ip_address("64:ff9b::10.20.3.4"), (ip_network("10.20.0.0/16"),))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
async def test_call_to_a_loopback_host_is_refused_without_connection(host: str) -> None:
    async with a_receiver() as receiver:
        answer = await post(f"http://{host}:{receiver.port}/", allowed=())

    assert answer is NoResponse.ADDRESS_REFUSED
    assert receiver.connections == 0


async def test_name_resolving_to_loopback_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver("127.0.0.1"))

    async with a_receiver() as receiver:
        answer = await post(f"http://rebound.example:{receiver.port}/", allowed=())

    assert answer is NoResponse.ADDRESS_REFUSED
    assert receiver.connections == 0


async def test_name_with_one_forbidden_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver("127.0.0.1", "10.0.0.1"))

    async with a_receiver() as receiver:
        answer = await post(f"http://mixed.example:{receiver.port}/", allowed=LOOPBACK)

    assert answer is NoResponse.ADDRESS_REFUSED
    assert receiver.connections == 0


async def test_checked_address_is_called_with_the_name_as_host(monkeypatch: pytest.MonkeyPatch) -> None:
    names = FakeResolver("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names)

    async with a_receiver() as receiver:
        answer = await post(f"http://community.example:{receiver.port}/")

    assert isinstance(answer, OutboundResponse)
    assert names.queries == ["community.example"]
    assert receiver.received[0].headers["host"] == f"community.example:{receiver.port}"


async def test_next_address_is_tried_when_the_first_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver("127.0.0.2", "127.0.0.1"))

    async with a_receiver() as receiver:
        answer = await post(f"http://two.example:{receiver.port}/")

    assert isinstance(answer, OutboundResponse)


async def test_name_without_address_returns_unresolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert await post("http://nowhere.example/") is NoResponse.UNRESOLVED


async def test_redirect_is_not_followed() -> None:
    async with a_receiver() as home, a_receiver(lambda _: 302) as receiver:
        receiver.headers = f"Location: {home.url}\r\n"
        answer = await post(receiver.url)

    assert isinstance(answer, OutboundResponse)
    assert answer.status == 302
    assert home.connections == 0


async def test_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with a_receiver() as receiver:
        assert isinstance(await post(receiver.url), OutboundResponse)


async def _send_slowly(_: Received, wire: Wire) -> None:
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _second in range(1000):
        wire.write(b"x")
        await wire.drain()
        await asyncio.sleep(0.05)


async def _send_huge(_: Received, wire: Wire) -> None:
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _part in range(100_000):
        wire.write(b"y" * 10_000)
        await wire.drain()


async def _send_compressed(_: Received, wire: Wire) -> None:
    compressed = gzip.compress(b"z" * 10_000_000)
    wire.write(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(compressed) + compressed
    )
    await wire.drain()


async def _send_no_http(_: Received, wire: Wire) -> None:
    wire.write(b"this is not HTTP\r\n\r\n")
    await wire.drain()


async def test_slow_response_ends_at_the_total_timeout() -> None:
    async with a_receiver() as receiver:
        receiver.reply = _send_slowly
        began = time.monotonic()
        answer = await post(receiver.url, timeout_s=0.4)

    assert answer is NoResponse.TIMEOUT
    assert time.monotonic() - began < 1.0


async def test_huge_response_is_truncated_and_keeps_its_status() -> None:
    async with a_receiver() as receiver:
        receiver.reply = _send_huge
        answer = await post(receiver.url)

    assert answer == OutboundResponse(200, "y" * RESPONSE_BYTES, None, is_complete=False)


async def test_compressed_response_is_not_decompressed() -> None:
    async with a_receiver() as receiver:
        receiver.reply = _send_compressed
        answer = await post(receiver.url)

    assert isinstance(answer, OutboundResponse)
    assert "z" * 10 not in answer.text
    assert "\x00" not in answer.text


async def test_response_that_is_not_http_does_not_affect_the_next_call() -> None:
    async with a_receiver() as receiver, OutboundClient(timeout_s=2, allowed=LOOPBACK) as caller:
        receiver.reply = _send_no_http
        first = await caller.post(receiver.url, b"{}", {})
        receiver.reply = None
        second = await caller.post(receiver.url, b"{}", {})

    assert first is NoResponse.BROKEN
    assert isinstance(second, OutboundResponse)


async def test_late_response_after_a_timeout_is_not_used_for_the_next_call() -> None:
    async def late(_: Received) -> int:
        await asyncio.sleep(0.3)
        return 201

    async with a_receiver(late) as receiver, OutboundClient(timeout_s=0.2, allowed=LOOPBACK) as caller:
        first = await caller.post(receiver.url, b"{}", {})
        receiver.answer = lambda _: 204
        second = await caller.post(receiver.url, b"{}", {})

    assert first is NoResponse.TIMEOUT
    assert second == OutboundResponse(204, "", None)


async def test_closed_port_returns_unreachable() -> None:
    assert await post("http://127.0.0.1:1/") is NoResponse.UNREACHABLE


def a_certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS contexts of a server with a certificate for `name`, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / f"{name}.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize(("host", "is_answered"), [("community.example", True), ("other.example", False)])
async def test_certificate_is_verified_against_the_host_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, is_answered: bool
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver("127.0.0.1"))
    server, trusting = a_certificate(tmp_path, "community.example")

    async with (
        a_receiver(tls=server) as receiver,
        OutboundClient(timeout_s=2, allowed=LOOPBACK, tls=trusting) as caller,
    ):
        answer = await caller.post(f"https://{host}:{receiver.port}/", b"{}", {})

    assert isinstance(answer, OutboundResponse) is is_answered
    assert is_answered or answer is NoResponse.UNREACHABLE


async def test_certificate_of_an_unknown_authority_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", FakeResolver("127.0.0.1"))
    server, _ = a_certificate(tmp_path, "community.example")

    async with a_receiver(tls=server) as receiver:
        answer = await post(f"https://community.example:{receiver.port}/")

    assert answer is NoResponse.UNREACHABLE


async def test_retry_after_with_thousands_of_digits_is_capped() -> None:
    async with a_receiver() as receiver:
        receiver.headers = f"Retry-After: {'9' * 5000}\r\n"
        answer = await post(receiver.url)

    assert isinstance(answer, OutboundResponse)
    assert answer.retry_after_s == MAX_RETRY_AFTER_S
