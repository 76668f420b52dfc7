"""The HTTP client for addresses that users configure, protected against SSRF.

It calls no private address, follows no redirect, and limits the time and the size of a response. It resolves the host
name itself, checks every address of the name, and connects to a checked address; `Host` and TLS still use the name.
So DNS rebinding has no effect. No other module of the service imports httpx.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Self

import httpcore
import httpx

Address = IPv4Address | IPv6Address
Subnets = Sequence[IPv4Network | IPv6Network]

RESPONSE_BYTES = 2_048
"""How much of a response is returned; the owner of an endpoint can read it."""
READ_BYTES = 65_536
"""How much of a response is read, so that the connection can be used again; with more the connection is closed."""
CONNECT_TIMEOUT_S = 3.0
"""After this time the next address of the same name is tried."""
MAX_RETRY_AFTER_S = 86_400

GLOBAL_IPV6 = IPv6Network("2000::/3")
NOT_FOR_CALLS = tuple(
    map(
        IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
    )  # Teredo and other special ranges, documentation, 6to4, documentation
)
RESOLVERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")
"""A separate thread pool: a name server that does not answer must not delay other lookups."""


class NoResponse(StrEnum):
    """Why there is no response."""

    TIMEOUT = "timeout"
    UNRESOLVED = "unresolved"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """A response: status, the first bytes of its text, and Retry-After in seconds."""

    status: int
    text: str
    retry_after_s: float | None
    is_complete: bool = True
    """Whether `text` is the complete body."""


class _Refused(Exception):
    """One of the addresses of the name may not be called."""


class _Unresolved(Exception):
    """The name has no address."""


def may_reach(address: Address, allowed: Subnets, *, only_allowed: bool = False) -> bool:
    """Return whether the client may call this address: a public one, or one in an allowed subnet.

    `only_allowed`: only addresses in the allowed subnets.
    Public IPv6 is 2000::/3 without the ranges that embed an IPv4 address. `is_global` alone is not enough: it accepts
    multicast, NAT64 forms of private addresses, and others (STYLE §5.24).
    """
    is_allowed = any(address in subnet for subnet in allowed)
    if is_allowed or only_allowed:
        return is_allowed
    if not address.is_global or address.is_multicast:
        return False
    return isinstance(address, IPv4Address) or (
        address in GLOBAL_IPV6 and not any(address in block for block in NOT_FOR_CALLS)
    )


class OutboundClient:
    """A client with one keep-alive connection. An async context manager."""

    def __init__(
        self,
        *,
        timeout_s: float,
        allowed: Subnets,
        only_allowed: bool = False,
        tls: ssl.SSLContext | None = None,
        response_bytes: int = RESPONSE_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._response_bytes = response_bytes
        self._backend = _CheckingBackend(allowed, only_allowed)
        self._tls = tls or _public_authorities()
        self._client = self._new_client()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutboundResponse | NoResponse:
        """Send a POST once. `timeout_s` limits the whole call, from name resolution to the last byte read."""
        return await self.request("POST", url, body, headers)

    async def request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> OutboundResponse | NoResponse:
        """Send a request once, with any method; limits as for `post`."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(method, url, body, headers)
        except TimeoutError:
            reason = NoResponse.TIMEOUT
        except _Refused:
            reason = NoResponse.ADDRESS_REFUSED
        except _Unresolved:
            reason = NoResponse.UNRESOLVED
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError):
            reason = NoResponse.UNREACHABLE
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL, httpx.HTTPError):
            reason = NoResponse.BROKEN
        # an interrupted exchange may leave bytes on the connection, which would be read as the next response
        await self._client.aclose()
        self._client = self._new_client()
        return reason

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=_Transport(self._backend, self._tls),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 - `request` limits the whole call; httpx would limit each read
        )

    async def _exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> OutboundResponse:
        # no compression: a kilobyte may decompress to a gigabyte
        all_headers = {"user-agent": "grassroots", "accept-encoding": "identity", **headers}
        async with self._client.stream(method, url, content=body, headers=all_headers) as response:
            content, read_bytes = b"", 0
            async for chunk in response.aiter_raw():
                read_bytes += len(chunk)
                content += chunk[: self._response_bytes - len(content)]
                if read_bytes > READ_BYTES:
                    break
            wait_s = _parse_retry_after_s(response.headers.get("retry-after", ""))
            is_complete = read_bytes == len(content)
            return OutboundResponse(response.status_code, _as_text(content), wait_s, is_complete)


class _CheckingBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore: resolves the name, checks all addresses, connects to one of them."""

    def __init__(self, allowed: Subnets, only_allowed: bool) -> None:
        self._allowed, self._only_allowed = allowed, only_allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await _resolve(host, port)
        if not all(may_reach(address, self._allowed, only_allowed=self._only_allowed) for address in addresses):
            raise _Refused
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, CONNECT_TIMEOUT_S)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(addresses[-1]), port, timeout)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise _Refused

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    """One httpcore connection for httpx, because httpx's own transport accepts no network backend."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=1, max_keepalive_connections=1, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()


async def _resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of a name. Raises: _Unresolved."""
    try:
        entries = await asyncio.get_running_loop().run_in_executor(
            RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError):
        raise _Unresolved from None
    if not entries:
        raise _Unresolved
    return [ip_address(socket_address[0]) for *_, socket_address in entries]


@lru_cache(maxsize=1)
def _public_authorities() -> ssl.SSLContext:
    # the bundled authorities and those of the machine, because an intranet may have its own
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _as_text(content: bytes) -> str:
    # PostgreSQL stores no NUL in a text
    return content.decode(errors="replace").replace("\x00", "\ufffd")


def _parse_retry_after_s(retry_after: str) -> float | None:
    is_number = retry_after.isascii() and retry_after.isdigit()
    # ten digits are enough; Python refuses to parse thousands of them
    return min(int(retry_after[:10]), MAX_RETRY_AFTER_S) if is_number else None
