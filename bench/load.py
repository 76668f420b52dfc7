"""The load generator, a separate process: each connection sends its next request after a response.

Requests are rendered before the measurement, so that the generator itself needs little CPU; it reports how much. It
reads one line of JSON with the parameters, prints READY after rendering, starts at the next line, prints the result.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import uvloop

from bench.seed import PLACE, PLACES, centre_of, id_of
from schemas.foundation.geo import Datum
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id

END = b"\r\n\r\n"
LENGTH = b"content-length: "
READY = "ready"


def check_in(token: str) -> bytes:
    """Return a check-in request at the centre of a random fence, in GCJ-02, at a random time."""
    place = random.randint(1, PLACES)  # noqa: S311 - load, not a secret
    longitude_deg, latitude_deg = from_wgs84(*centre_of(place), Datum.GCJ02)
    at = f"2026-0{random.randint(7, 9)}-{random.randint(10, 28)}T{random.randint(10, 19)}:30:00+08:00"  # noqa: S311 - as above
    position = {"longitude_deg": longitude_deg, "latitude_deg": latitude_deg, "accuracy_m": 15, "datum": "gcj02"}
    request = {
        "place_id": str(id_of(PLACE, place)),
        "checked_in_at": at,
        "position": position | {"captured_at": at},
    }
    body = json.dumps(request).encode()
    head = (
        f"PUT /v1/visits/{new_id()} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Run:
    """The state that all connections share."""

    requests: list[bytes]
    ends_at: float
    took_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


class Phone(asyncio.Protocol):
    """One connection: it sends one request at a time until the end."""

    def __init__(self, run: Run) -> None:
        self.run, self.buffer, self.finished = run, b"", asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._next()

    def _next(self) -> None:
        self.sent_at = time.perf_counter()
        if self.sent_at >= self.run.ends_at:
            self.transport.close()
            self.finished.set_result(None)
            return
        self.transport.write(self.run.requests.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(END)
        if head < 0:
            return
        length_at = self.buffer.lower().find(LENGTH) + len(LENGTH)
        if len(self.buffer) < head + len(END) + int(self.buffer[length_at : self.buffer.index(b"\r", length_at)]):
            return
        self.run.took_s.append(time.perf_counter() - self.sent_at)
        self.run.statuses[self.buffer[9:12].decode()] += 1
        self.buffer = b""
        self._next()


async def main(request: dict[str, Any]) -> dict[str, Any]:
    """Run with these parameters: port, clients, seconds, requests (number to prepare), tokens."""
    requests = [check_in(random.choice(request["tokens"])) for _ in range(request["requests"])]  # noqa: S311 - as above
    print(READY, flush=True)
    sys.stdin.readline()
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    run = Run(requests, start_s + request["seconds"])
    loop = asyncio.get_running_loop()
    connections = [
        await loop.create_connection(lambda: Phone(run), "127.0.0.1", request["port"])
        for _ in range(request["clients"])
    ]
    await asyncio.gather(*(phone.finished for _, phone in connections))
    return {
        "seconds": time.perf_counter() - start_s,
        "cpu_s": time.process_time() - start_cpu_s,
        "took_s": sorted(run.took_s),
        "statuses": run.statuses,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.loads(sys.stdin.readline())))))
