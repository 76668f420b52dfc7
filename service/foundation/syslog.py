"""Lines for a collector of logs: syslog (RFC 5424) over UDP (5426), TCP (6587, octets counted) or TLS (5425)."""

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

AUDIT, INFORMATIONAL = 13, 6
PRIORITY = AUDIT * 8 + INFORMATIONAL
PORTS = {"udp": 514, "tcp": 601, "tls": 6514}
UDP_LIMIT_BYTES = 8_192
"""A datagram longer than this would not arrive whole everywhere."""
TIMEOUT_S = 10.0


class CollectorUnusable(ValueError):
    """The address is none of `udp://`, `tcp://`, `tls://`, or a line does not fit into a datagram."""


def message(moment: datetime, kind: str, data: Mapping[str, str], text: str) -> bytes:
    """One message of RFC 5424. `kind`: at most 32 visible ASCII characters; `data` becomes structured data."""
    at = moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    parameters = "".join(f' {name}="{_escaped(value)}"' for name, value in data.items())
    host = "".join(letter for letter in socket.gethostname() if "!" <= letter <= "~")[:255] or "-"
    # 32473 is the number set aside for those who have none of their own (RFC 5612)
    head = f"<{PRIORITY}>1 {at} {host} grassroots - {kind[:32]} [access@32473{parameters}] "
    return head.encode() + b"\xef\xbb\xbf" + text.encode()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


class Collector:
    """A connection to a collector: `with Collector("tls://logs.example:6514") as collector: collector.send(…)`.

    TCP and TLS tell when the connection is lost, nobody tells whether a line was stored: after a failure go on from
    the last cursor and let the collector drop repeats by id. Raises CollectorUnusable, OSError.
    """

    def __init__(self, address: str, authority: str | None = None) -> None:
        parts = urlsplit(address)
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"}:
            raise CollectorUnusable(f"{address}: say udp://, tcp:// or tls:// with a host and, if need be, a port")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._authority = authority

    def __enter__(self) -> Self:
        if self._scheme == "udp":
            family = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0][0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.connect((self._host, self._port))
            return self
        self._socket = socket.create_connection((self._host, self._port), TIMEOUT_S)
        if self._scheme == "tls":
            context = ssl.create_default_context(cafile=self._authority)
            self._socket = context.wrap_socket(self._socket, server_hostname=self._host)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, line: bytes) -> None:
        """Send one message."""
        if self._scheme != "udp":
            self._socket.sendall(b"%d %s" % (len(line), line))
            return
        if len(line) > UDP_LIMIT_BYTES:
            raise CollectorUnusable(f"a line of {len(line)} bytes does not fit into a datagram; use tcp:// or tls://")
        self._socket.send(line)
