"""The doors: reading cannot write, nothing is told before it is committed, personal data are read on the log only."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request
from psycopg.errors import ReadOnlySqlTransaction
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import AuditedReadSession, ReadSession, Resources, WriteSession, _reading
from service.foundation.errors import ContentDiffers
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, caller

TWICE = "INSERT INTO once VALUES (1), (1)"


@pytest.fixture
async def doors(resources: Resources, settings: Settings, admin_url: str) -> AsyncIterator[Caller]:
    """The app with a few endpoints of bad manners."""
    app = create_app(resources)
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("GRANT ALL ON once TO grassroots_service")
    _add_bad_manners(app, admin_url)
    async with caller(app, resources) as client:
        yield client


def _add_bad_manners(app: FastAPI, admin_url: str) -> None:
    @app.put("/against-a-deferred-constraint", status_code=201)
    async def against(session: WriteSession) -> str:
        await (await session.connection()).execute(sa.text(TWICE))
        return "told too early"

    @app.put("/dropped/{person_id}", status_code=201)
    async def dropped(person_id: UUID, session: WriteSession) -> str:
        await build.a_person(session, id=person_id)
        backend = await session.scalar(sa.text("SELECT pg_backend_pid()"))
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        return "told too early"

    @app.put("/refused/{person_id}", status_code=201)
    async def refused(person_id: UUID, session: WriteSession) -> str:
        await build.a_person(session, id=person_id)
        raise ContentDiffers(id=str(person_id))

    @app.get("/writes-while-reading/{person_id}")
    async def writes(person_id: UUID, session: ReadSession) -> None:
        await build.a_person(session, id=person_id)

    @app.get("/reads-unlogged")
    async def unlogged(door: AuditedReadSession) -> str:
        return "personal data"


async def test_a_write_through_reading_is_refused_by_the_database(api: Caller, resources: Resources) -> None:
    request = Request({"type": "http", "app": api.app})
    door = _reading(request)
    session = await anext(door)

    with pytest.raises(sa.exc.InternalError) as refusal:
        await build.a_person(session)

    assert isinstance(refusal.value.orig, ReadOnlySqlTransaction)
    with pytest.raises(sa.exc.InternalError):
        await door.athrow(refusal.value)


async def test_an_endpoint_that_writes_while_reading_fails_and_writes_nothing(
    doors: Caller, session: AsyncSession
) -> None:
    person_id = new_id()

    answer = await doors.get(f"/writes-while-reading/{person_id}")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert await session.get(Person, person_id) is None


async def test_when_the_commit_is_refused_the_client_is_not_told_201(doors: Caller) -> None:
    answer = await doors.put("/against-a-deferred-constraint")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_when_the_connection_is_lost_before_the_commit_the_client_may_try_again(
    doors: Caller, session: AsyncSession
) -> None:
    person_id = new_id()

    answer = await doors.put(f"/dropped/{person_id}")

    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"]
    assert await session.get(Person, person_id) is None


async def test_a_failure_raised_late_takes_everything_back(doors: Caller, session: AsyncSession) -> None:
    person_id = new_id()

    answer = await doors.put(f"/refused/{person_id}")

    assert answer.status_code == 409
    assert await session.get(Person, person_id) is None


async def test_personal_data_read_without_a_line_in_the_log_are_not_answered(doors: Caller) -> None:
    answer = await doors.get("/reads-unlogged")

    assert answer.status_code == 500
    assert "personal data" not in answer.text
