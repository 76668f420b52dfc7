"""Lines reach a collector as the standards have them, over each transport."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.foundation.syslog import UDP_LIMIT_BYTES, Collector, CollectorUnusable, message

TIMESTAMP = datetime(2026, 11, 22, 2, 0, 0, 123, tzinfo=UTC)
RFC_5424 = re.compile(
    rb"<110>1 2026-11-22T02:00:00\.000123Z \S{1,255} grassroots - (\S{1,32})"
    rb' \[access@32473( \w+="(?:[^"\\\]]|\\.)*")*\]'
    rb" \xef\xbb\xbf(.*)",
    re.S,
)
LINE = message(TIMESTAMP, "auth.signed_in", {"id": "7", "said": 'a "b" \\ ]'}, '{"说": "\n"}')


def test_a_line_is_a_message_of_rfc_5424() -> None:
    parts = RFC_5424.fullmatch(LINE)

    assert parts is not None
    assert parts[1] == b"auth.signed_in"
    assert b'said="a \\"b\\" \\\\ \\]"]' in LINE
    assert parts[3].decode() == '{"说": "\n"}'


def send_to(address: str, *lines: bytes, authority: str | None = None) -> None:
    with Collector(address, authority) as collector:
        for line in lines:
            collector.send(line)


@contextmanager
def receiving(listening: socket.socket, context: ssl.SSLContext | None = None) -> Iterator[list[bytes]]:
    """Everything that comes over one connection."""
    came: list[bytes] = []

    def receive() -> None:
        connection, _ = listening.accept()
        with context.wrap_socket(connection, server_side=True) if context else connection as open_:
            came.extend(iter(lambda: open_.recv(65_536), b""))

    thread = threading.Thread(target=receive)
    thread.start()
    yield came
    thread.join()


def test_over_tcp_each_line_says_its_length() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, receiving(listening) as came:
        send_to(f"tcp://127.0.0.1:{listening.getsockname()[1]}", LINE, LINE)

    expected = b"%d %s" % (len(LINE), LINE)
    assert b"".join(came) == expected * 2


def test_over_udp_each_line_is_a_datagram_that_fits() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        with Collector(f"udp://127.0.0.1:{listening.getsockname()[1]}") as collector:
            collector.send(LINE)
            with pytest.raises(CollectorUnusable, match="tcp"):
                collector.send(b"x" * (UDP_LIMIT_BYTES + 1))

        assert listening.recv(65_536) == LINE


def test_over_tls_the_collector_must_be_who_it_says(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening, receiving(listening, context) as came:
        send_to(f"tls://localhost:{listening.getsockname()[1]}", LINE, authority=str(certificate))

    assert b"".join(came).endswith(LINE)


def test_over_tls_a_stranger_is_sent_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(a_certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"tls://localhost:{listening.getsockname()[1]}"
        thread = threading.Thread(target=lambda: refused(listening, context))
        thread.start()
        with pytest.raises(ssl.SSLCertVerificationError), Collector(address):
            pass
        thread.join()


def refused(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with connection, pytest.raises(ssl.SSLError):
        context.wrap_socket(connection, server_side=True).close()


def a_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "collector.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("address", ["", "logs.example", "http://logs.example", "tcp://", "tcp://logs.example/path"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(CollectorUnusable):
        Collector(address)
