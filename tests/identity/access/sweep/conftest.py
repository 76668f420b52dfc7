"""The county that a file of the sweep asks about."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.crypto import Keys
from service.foundation.settings import Settings, SpeechServer
from tests.conftest import Caller, FakeClock
from tests.identity.access.sweep.county import Swept, made
from tests.operations.worker.conftest import drain
from tests.operations.worker.steps import jobs_app, relay_once


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """With what is off by default switched on: a route that is off answers everybody that it is not there."""
    server = SpeechServer(kind="speech_server", url="http://127.0.0.1:9/", model="sensevoice")
    return settings.model_copy(update={"transcription": server})


@pytest.fixture(scope="module")
async def swept(
    engine: AsyncEngine, api: Caller, keys: Keys, settings: Settings, clock: FakeClock
) -> AsyncIterator[Swept]:
    async with AsyncSession(engine, expire_on_commit=False) as session, jobs_app(settings).open_async() as jobs:
        county = await made(session, api, keys)
        await drain(lambda: relay_once(engine, jobs, settings, clock), session)
        await session.close()
        yield county
