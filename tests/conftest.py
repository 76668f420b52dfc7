"""Shared fixtures: a migrated template database, a clone per test file, a fake clock, API clients.

Tests commit their transactions: the feed, sessions and race conditions cannot be tested inside a transaction that never
ends. The tests of a file share its clone, so each test creates its own people and places (`tests/build`).
"""

import gc
import logging
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from service.foundation.crypto import Keys, create_keys, load_keys
from service.foundation.db import create_engine
from service.foundation.log import OUTPUT, configure_logs
from service.foundation.settings import Settings
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person
from service.operations.database.prepare import OWNER_ROLE, prepare, with_database

ROOT = Path(__file__).parent.parent
START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def url_as(url: str, role: str, database: str) -> str:
    """Return the URL with another role and database."""
    head, _, rest = with_database(url, database).partition("@")
    return f"{head.split('://')[0]}://{role}@{rest}"


LONGEST = (
    "tests/tour/test_tour.py",
    "tests/identity/access/sweep/test_fieldwork.py",
    "tests/identity/access/sweep/test_identity.py",
    "tests/identity/access/sweep/test_ground.py",
    "tests/identity/access/sweep/test_other_floors.py",
    "tests/identity/access/sweep/test_solving_and_residence.py",
    "tests/surface/test_schemathesis.py",
    "tests/operations/imports/test_large_file.py",
    "tests/operations/doctor/test_doctor.py",
    "tests/operations/privacy/test_rotation.py",
    "tests/identity/auth/test_lock_out.py",
    "tests/identity/auth/adapters/test_providers.py",
    "tests/identity/auth/oidc_provider/test_oidc_provider.py",
    "tests/operations/imports/test_file_formats.py",
)
"""The longest files first, so that two test processes end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files; the others keep their order."""
    ranks = {str(ROOT / name): rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(str(item.path), len(ranks)))


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def migrate(url: str) -> None:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["url"] = url
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def admin_url(worker_id: str) -> str:
    """The database cluster of this test process. Each process has its own, so that none waits for another."""
    urls = os.environ.get("TEST_ADMIN_URLS", "").split()
    if not urls:
        pytest.exit("TEST_ADMIN_URLS is not set; run the tests with ./dev test", returncode=2)
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    return urls[number % len(urls)]


@pytest.fixture(scope="session")
def template(admin_url: str) -> Iterator[str]:
    """A database that is migrated once and cloned for every file."""
    name = f"test_{secrets.token_hex(4)}"
    prepare(admin_url, name, Settings())
    migrate(url_as(admin_url, OWNER_ROLE, name))
    yield name
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class CapturedOutput:
    """Writes to the current `sys.stderr`, which pytest replaces for every test."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


configure_logs(stream=CapturedOutput())


@pytest.fixture(autouse=True)
def same_logs_for_every_test() -> Iterator[None]:
    """Restore the log configuration after each test, because a test may change it."""
    root = logging.getLogger()
    stream, handlers, level = OUTPUT.stream, root.handlers[:], root.level
    yield
    OUTPUT.stream, root.handlers[:] = stream, handlers
    root.setLevel(level)


@pytest.fixture(scope="module", autouse=True)
def short_pauses() -> Iterator[None]:
    """Exclude the objects of earlier files from garbage collection.

    A full collection would take seconds, and the database ends a transaction that waits for so long.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def database(admin_url: str, template: str) -> Iterator[str]:
    """The name of the database clone of this file."""
    name = f"{template}_{secrets.token_hex(4)}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER_ROLE} STRATEGY FILE_COPY')
    yield name
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def keys_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    create_keys(directory)
    return directory


@pytest.fixture(scope="module")
def settings(admin_url: str, database: str, keys_directory: Path) -> Settings:
    return Settings(
        environment="development",
        database_url=url_as(admin_url, "grassroots_service", database),
        owner_database_url=url_as(admin_url, OWNER_ROLE, database),
        auditor_database_url=url_as(admin_url, "grassroots_auditor", database),
        keys_directory=keys_directory,
        webhook_allowed_subnets=(ip_network("127.0.0.0/8"),),
    )


@pytest.fixture(scope="module")
def keys(settings: Settings) -> Keys:
    return load_keys(settings.keys_directory)


@pytest.fixture(scope="module")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session with the role of the service. A test must call `await session.commit()` to keep its rows."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


class Caller(httpx.AsyncClient):
    """An HTTP client; `as_` returns one that is signed in as a person."""

    def as_(self, person: Person, organisation_id: UUID | None = None) -> "Caller":
        token = self.resources.tokens.issue(Principal(person.id, organisation_id), self.resources.clock())
        return caller(self.app, self.resources, token)

    app: Any
    resources: Resources


def caller(app: Any, resources: Resources, token: str | None = None) -> Caller:
    client = Caller(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://grassroots.test",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    client.app, client.resources = app, resources
    return client


@pytest.fixture(scope="module")
async def resources(settings: Settings, clock: FakeClock) -> AsyncIterator[Resources]:
    resources = Resources.of(settings, clock)
    await resources.pool.open()
    yield resources
    await resources.pool.close()
    await resources.engine.dispose()


@pytest.fixture(scope="module")
def api(resources: Resources) -> Caller:
    """A client without sign-in; `api.as_(person)` is the phone of a person."""
    return caller(create_app(resources), resources)
