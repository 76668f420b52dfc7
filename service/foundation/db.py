"""Database engine, autocommit pool and constraint names.

`routers/deps.py`, the worker and commands open sessions.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import AsyncRawCursor
from psycopg.rows import TupleRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def connection_options(timeout_ms: int) -> str:
    """Return the libpq options of a connection: time zone UTC, and timeouts in milliseconds."""
    return (
        f"-c TimeZone=UTC -c statement_timeout={timeout_ms} -c lock_timeout={timeout_ms}"
        f" -c idle_in_transaction_session_timeout={timeout_ms}"
    )


def driver_url(url: str) -> str:
    """Return the database URL in the form that psycopg and the PostgreSQL client tools accept."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def create_engine(settings: Settings, url: str | None = None, *, timeout_ms: int | None = None) -> AsyncEngine:
    """Create the engine for all statements except the hot ones. Statement parameters are hidden from logs."""
    return create_async_engine(
        make_url(url or settings.database_url).set(drivername="postgresql+psycopg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=5,
        hide_parameters=True,
        connect_args={"options": connection_options(timeout_ms or settings.statement_timeout_ms)},
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Open a session with one transaction: commit when the block ends, roll back when it raises."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        yield session


NAMED = re.compile(r"%\((\w+)\)s")


class AutocommitPool:
    """Connections in autocommit mode: each statement is its own transaction and one round trip (PERF §2)."""

    def __init__(self, settings: Settings) -> None:
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]] = AsyncConnectionPool(
            driver_url(settings.database_url),
            min_size=1,
            max_size=settings.pool_size,
            timeout=5,
            open=False,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                # a hot statement reads a few rows by key, so one generic plan fits all values
                "options": connection_options(settings.statement_timeout_ms) + " -c plan_cache_mode=force_generic_plan",
            },
        )

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        """Run one statement and return its rows. `values` are sent as bound parameters."""
        async with self._pool.connection() as connection:
            cursor = AsyncRawCursor(connection, row_factory=dict_row)
            text, names = number_placeholders(statement)
            await cursor.execute(text, [values[name] for name in names])
            return await cursor.fetchall()


@lru_cache(maxsize=256)
def number_placeholders(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """Replace `%(name)s` placeholders by `$1`, `$2` …; return the text and the names in order.

    Cached, because psycopg would parse the statement at each call.
    """
    numbers: dict[str, int] = {}
    text = NAMED.sub(lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", statement)
    return text.encode(), tuple(numbers)
