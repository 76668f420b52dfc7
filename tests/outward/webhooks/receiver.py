"""A local HTTP/1.1 server that records the requests it gets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any
from uuid import UUID

import orjson

Wire = asyncio.StreamWriter


@dataclass(frozen=True)
class Received:
    """One request: path, headers (names in lower case), body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> UUID:
        return UUID(self.headers["webhook-id"])

    @property
    def subject_id(self) -> UUID:
        return UUID(self.message["data"]["subject_id"])

    @property
    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = orjson.loads(self.body)
        return message


Answer = Callable[[Received], int | Awaitable[int]]
"""Chooses the status of a response."""


@dataclass
class Receiver:
    """`answer` may be replaced at any time. If `reply` is set, it writes the raw response."""

    answer: Answer = lambda _: 204
    reply: Callable[[Received, Wire], Awaitable[None]] | None = None
    headers: str = ""
    received: list[Received] = field(default_factory=list)
    passed: list[Received] = field(default_factory=list)
    """The requests that were answered with 2xx."""
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def ids(self) -> list[UUID]:
        return [request.message_id for request in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: Wire) -> None:
        self.connections += 1
        try:
            while request := await _read(reader):
                self.received.append(request)
                if self.reply:
                    await self.reply(request, writer)
                    break
                status = self.answer(request)
                status = status if isinstance(status, int) else await status
                if 200 <= status < 300:
                    self.passed.append(request)
                writer.write(f"HTTP/1.1 {status} X\r\n{self.headers}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(first.split(" ")[1], headers, body)


@asynccontextmanager
async def a_receiver(answer: Answer | None = None, tls: SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    if answer:
        receiver.answer = answer
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
