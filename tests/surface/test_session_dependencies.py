"""Session dependencies: read-only sessions, commit before the response, audited reads."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request
from psycopg.errors import ReadOnlySqlTransaction
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import AuditedReadSession, ReadSession, Resources, WriteSession, _read_session
from service.foundation.errors import ContentDiffers
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, caller

TWICE = "INSERT INTO once VALUES (1), (1)"


@pytest.fixture
async def app(resources: Resources, settings: Settings, admin_url: str) -> AsyncIterator[Caller]:
    """The app with a few endpoints that misuse their session."""
    api = create_app(resources)
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("GRANT ALL ON once TO grassroots_service")
    _add_misuse(api, admin_url)
    async with caller(api, resources) as client:
        yield client


def _add_misuse(app: FastAPI, admin_url: str) -> None:
    @app.put("/against-a-deferred-constraint", status_code=201)
    async def against(session: WriteSession) -> str:
        await (await session.connection()).execute(sa.text(TWICE))
        return "sent too early"

    @app.put("/dropped/{person_id}", status_code=201)
    async def dropped(person_id: UUID, session: WriteSession) -> str:
        await build.a_person(session, id=person_id)
        backend = await session.scalar(sa.text("SELECT pg_backend_pid()"))
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        return "sent too early"

    @app.put("/refused/{person_id}", status_code=201)
    async def refused(person_id: UUID, session: WriteSession) -> str:
        await build.a_person(session, id=person_id)
        raise ContentDiffers(id=str(person_id))

    @app.get("/writes-while-reading/{person_id}")
    async def writes(person_id: UUID, session: ReadSession) -> None:
        await build.a_person(session, id=person_id)

    @app.get("/reads-unlogged")
    async def unlogged(audited: AuditedReadSession) -> str:
        return "personal data"


async def test_write_in_read_session_is_refused_by_database(api: Caller, resources: Resources) -> None:
    request = Request({"type": "http", "app": api.app})
    dependency = _read_session(request)
    session = await anext(dependency)

    with pytest.raises(sa.exc.InternalError) as refusal:
        await build.a_person(session)

    assert isinstance(refusal.value.orig, ReadOnlySqlTransaction)
    with pytest.raises(sa.exc.InternalError):
        await dependency.athrow(refusal.value)


async def test_endpoint_writing_in_read_session_fails_and_writes_nothing(app: Caller, session: AsyncSession) -> None:
    person_id = new_id()

    response = await app.get(f"/writes-while-reading/{person_id}")

    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert await session.get(Person, person_id) is None


async def test_refused_commit_is_not_answered_with_201(app: Caller) -> None:
    response = await app.put("/against-a-deferred-constraint")

    assert (response.status_code, response.json()["code"]) == (409, "conflict")


async def test_connection_lost_before_commit_is_answered_as_busy(app: Caller, session: AsyncSession) -> None:
    person_id = new_id()

    response = await app.put(f"/dropped/{person_id}")

    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert response.headers["retry-after"]
    assert await session.get(Person, person_id) is None


async def test_error_after_write_rolls_back(app: Caller, session: AsyncSession) -> None:
    person_id = new_id()

    response = await app.put(f"/refused/{person_id}")

    assert response.status_code == 409
    assert await session.get(Person, person_id) is None


async def test_personal_data_without_log_line_are_not_sent(app: Caller) -> None:
    response = await app.get("/reads-unlogged")

    assert response.status_code == 500
    assert "personal data" not in response.text
