"""A temporary database for a benchmark, and the CPU time of the PostgreSQL server."""

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
    """The URLs of the database by role, in libpq form, and the process id of the postmaster."""

    admin_url: str
    owner_url: str
    service_url: str
    postmaster: int

    def cpu_s(self) -> float:
        """Return the CPU seconds of the whole server: its running and its ended processes.

        It reads again if a process has ended meanwhile, because that process would be missing or counted twice.
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
        """Return the number of pages accessed in this database, from cache or disk."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        return int(row[0]) if row else 0

    def vacuum(self) -> None:
        """Run VACUUM, ANALYZE and CHECKPOINT now, so that they do not run during a later measurement."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def _fields(entry: Path) -> list[str]:
    """Return the fields of `/proc/<pid>/stat` after the command name (proc(5))."""
    return entry.read_text().rpartition(")")[2].split()


@contextmanager
def database() -> Iterator[Database]:
    """Create a migrated empty database and drop it afterwards. The server must run on this machine."""
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
