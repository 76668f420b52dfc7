"""A database of its own for a benchmark, and what the server's processes burn."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from service.foundation.db import driver_url
from service.foundation.settings import Settings
from service.operations.database.prepare import OWNER_ROLE, prepare, with_database
from tests.conftest import migrate, url_as

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Database:
    """Where the benchmark's rows are, by role; all three are addresses as libpq reads them."""

    admin_url: str
    owner_url: str
    service_url: str
    postmaster: int

    def cpu_s(self) -> float:
        """Processor seconds of the whole server so far: its processes, and those that have ended.

        Read again when a process has ended meanwhile: it would be missing, or be there twice.
        """
        before = self._ended_ticks()
        while True:
            living = 0
            for entry in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    fields = _fields(entry)
                    if self.postmaster in (int(fields[1]), int(entry.parent.name)):
                        living += int(fields[11]) + int(fields[12])
            after = self._ended_ticks()
            if before == after:
                return (living + after) / TICKS_PER_S
            before = after

    def _ended_ticks(self) -> int:
        fields = _fields(Path(f"/proc/{self.postmaster}/stat"))
        return int(fields[13]) + int(fields[14])

    def buffers(self) -> int:
        """Pages touched in this database so far, in memory or read."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        return int(row[0]) if row else 0

    def settle(self) -> None:
        """Do now what the server would do some time for the rows just written, at the cost of whoever runs then."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def _fields(entry: Path) -> list[str]:
    """Of a process, from its state on (proc(5))."""
    return entry.read_text().rpartition(")")[2].split()


@contextmanager
def database() -> Iterator[Database]:
    """Migrated, empty, dropped afterwards. The server must be on this machine, since its processes are read."""
    server_url, name = os.environ["BENCH_ADMIN_URL"], f"bench_{secrets.token_hex(3)}"
    prepare(server_url, name, Settings())
    try:
        owner_url = url_as(server_url, OWNER_ROLE, name)
        migrate(owner_url)
        admin_url = with_database(server_url, name)
        service_url = url_as(server_url, Settings().service_role, name)
        yield Database(admin_url, driver_url(owner_url), driver_url(service_url), _postmaster(admin_url))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _postmaster(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int(_fields(Path(f"/proc/{connection.info.backend_pid}/stat"))[1])
