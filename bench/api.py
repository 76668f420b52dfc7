"""One API process, started as in production, and requests to it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, cast

from bench.database import TICKS_PER_S, Database
from bench.load import READY
from bench.rounds import Sample
from bench.seed import PERSON, VISITORS, id_of
from service.foundation.clock import system_clock
from service.foundation.crypto import create_keys, load_keys
from service.identity.auth.tokens import Principal, Tokens

READY_AFTER_AT_MOST_S = 120


@dataclass(frozen=True)
class Api:
    """Port, process id and a token for each visitor."""

    port: int
    process: int
    tokens: list[str]

    def cpu_s(self) -> float:
        """Return the CPU seconds that the process has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def check_ins(self, database: Database, clients: int, seconds: float) -> Sample:
        """Let `clients` clients check in for `seconds`. Raises: RuntimeError if a response is not 201."""
        request = {"port": self.port, "clients": clients, "seconds": seconds, "requests": int(4_000 * seconds)}
        command = [sys.executable, "-m", "bench.load"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            load_input, load_output = cast(TextIO, load.stdin), cast(TextIO, load.stdout)
            print(json.dumps(request | {"tokens": self.tokens}), file=load_input, flush=True)
            if load_output.readline().strip() != READY:
                raise RuntimeError("the load generator is not ready")
            before = database.cpu_s(), self.cpu_s()
            print("go", file=load_input, flush=True)
            result = json.loads(load_output.readline())
            pg_s, api_s = database.cpu_s() - before[0], self.cpu_s() - before[1]
        rows, took_s = len(result["took_s"]), result["took_s"]
        if set(result["statuses"]) != {"201"}:
            raise RuntimeError(f"not all check-ins succeeded: {result['statuses']}")
        return Sample(
            per_s=rows / result["seconds"],
            p50_ms=took_s[rows // 2] * 1000,
            p99_ms=took_s[rows * 99 // 100] * 1000,
            pg_ms=pg_s * 1000 / rows,
            load_cores=result["cpu_s"] / result["seconds"],
            api_ms=api_s * 1000 / rows,
        )


@contextmanager
def api(database: Database) -> Iterator[Api]:
    """Start one process as in production; stop it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        create_keys(Path(folder))
        tokens = Tokens(load_keys(Path(folder)).token, 3_600)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "DATABASE_URL": database.service_url,
            "GRASSROOTS_KEYS_DIRECTORY": folder,
            "GRASSROOTS_ENVIRONMENT": "development",
        }
        command = [Path(sys.executable).with_name("grassroots"), "serve", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield Api(
                    port,
                    process.pid,
                    [
                        tokens.issue(Principal(id_of(PERSON, number), None), system_clock())
                        for number in range(1, VISITORS)
                    ],
                )
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + READY_AFTER_AT_MOST_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)
        else:
            return
