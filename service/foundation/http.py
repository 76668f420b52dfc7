"""The client that calls strangers. It cannot reach home, follows nobody, and its time and appetite are limited.

The name is resolved here, every address it has is judged, and the connection goes to a judged address, while the
name stays in `Host` and in TLS: a name that changes its address between two looks gains nothing. The only
module of the service that knows httpx.
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

KEPT_BYTES = 2_048
"""How much of an answer is kept, for the owner to read."""
READ_BYTES = 65_536
"""How much of an answer is read, so that the connection can be used again; beyond it the connection is dropped."""
CONNECT_TIMEOUT_S = 3.0
"""After this the next address of the same name is tried."""
LONGEST_ASKED_WAIT_S = 86_400

GLOBAL_IPV6 = IPv6Network("2000::/3")
NOT_FOR_CALLS = tuple(
    map(
        IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
    )  # Teredo and its kin, 6to4, documentation
)
RESOLVERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="resolve")
"""Own threads, because a name server that does not answer must not hold up the names of others."""


class Unanswered(StrEnum):
    """Why there was no answer."""

    TIMEOUT = "timeout"
    UNRESOLVED = "unresolved"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: status, as much of the text as is kept, how long the receiver asked us to wait, in seconds."""

    status: int
    text: str
    retry_after_s: float | None
    is_whole: bool = True
    """Whether nothing was left out of the text."""


class _Refused(Exception):
    """One of the addresses of a name is not to be called."""


class _Unresolved(Exception):
    """The name has no address."""


def may_reach(address: Address, allowed: Subnets, *, only_allowed: bool = False) -> bool:
    """Whether a stranger may have us call this address: a public one, or one in an explicitly allowed subnet.

    With `only_allowed` none but the latter.

    Public IPv6 is what lies in 2000::/3 without the ranges that embed an IPv4 address; `is_global` alone says yes
    to multicast, to NAT64 forms of private addresses and to others (STYLE §5.24).
    """
    is_allowed = any(address in subnet for subnet in allowed)
    if is_allowed or only_allowed:
        return is_allowed
    if not address.is_global or address.is_multicast:
        return False
    return isinstance(address, IPv4Address) or (
        address in GLOBAL_IPV6 and not any(address in block for block in NOT_FOR_CALLS)
    )


class Caller:
    """One lane's client: one connection, kept while the lane sends. An async context manager."""

    def __init__(
        self,
        *,
        timeout_s: float,
        allowed: Subnets,
        only_allowed: bool = False,
        tls: ssl.SSLContext | None = None,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._timeout_s = timeout_s
        self._kept_bytes = kept_bytes
        self._backend = _JudgingBackend(allowed, only_allowed)
        self._tls = tls or _public_authorities()
        self._client = self._new_client()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered | Unanswered:
        """Send once. All of it, from resolving the name to the last byte read, takes at most `timeout_s`."""
        return await self.ask("POST", url, body, headers)

    async def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answered | Unanswered:
        """The same with any method."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(method, url, body, headers)
        except TimeoutError:
            reason = Unanswered.TIMEOUT
        except _Refused:
            reason = Unanswered.ADDRESS_REFUSED
        except _Unresolved:
            reason = Unanswered.UNRESOLVED
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError):
            reason = Unanswered.UNREACHABLE
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL, httpx.HTTPError):
            reason = Unanswered.BROKEN
        # what an interrupted exchange left on the connection must not be taken for the next answer
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
            timeout=None,  # noqa: S113 - `ask` limits the whole; httpx would limit each read
        )

    async def _exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        # not decompressed: a kilobyte may unfold to a gigabyte
        request = {"user-agent": "grassroots", "accept-encoding": "identity", **headers}
        async with self._client.stream(method, url, content=body, headers=request) as answer:
            row, read_bytes = b"", 0
            async for chunk in answer.aiter_raw():
                read_bytes += len(chunk)
                row += chunk[: self._kept_bytes - len(row)]
                if read_bytes > READ_BYTES:
                    break
            wait_s = _seconds(answer.headers.get("retry-after", ""))
            return Answered(answer.status_code, _as_text(row), wait_s, is_whole=read_bytes == len(row))


class _JudgingBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore: resolves, judges all addresses, connects to one of them."""

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
    """One connection of httpcore under httpx; httpx's own transport takes no network backend."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=1, max_keepalive_connections=1, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool.handle_async_request(
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
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


async def _resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name. Raises _Unresolved."""
    try:
        found = await asyncio.get_running_loop().run_in_executor(
            RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError):
        raise _Unresolved from None
    if not found:
        raise _Unresolved
    return [ip_address(place[0]) for *_, place in found]


@lru_cache(maxsize=1)
def _public_authorities() -> ssl.SSLContext:
    # the bundled authorities, and those of the machine: an intranet has its own
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _as_text(row: bytes) -> str:
    # a database text holds no NUL
    return row.decode(errors="replace").replace("\x00", "\ufffd")


def _seconds(retry_after: str) -> float | None:
    is_number = retry_after.isascii() and retry_after.isdigit()
    # only as many digits as can matter: Python refuses to read thousands of them
    return min(int(retry_after[:10]), LONGEST_ASKED_WAIT_S) if is_number else None
