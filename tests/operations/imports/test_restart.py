"""A worker killed during a merge: merged rows stay, another worker merges the rest once."""

import os
import signal
import subprocess
import sys
import time

import psycopg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.db import driver_url
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Posting
from tests import build
from tests.build.imports import Importing, people
from tests.conftest import ROOT

LINES = 400
WORKER = """
import asyncio, sys, uuid
from service.foundation.clock import system_clock
from service.foundation.db import create_engine
from service.foundation.settings import settings
from service.operations.imports import merging
from service.operations.imports import running
merging.ROWS_PER_MERGE = 2
asyncio.run(running.apply_import(create_engine(settings()), system_clock, uuid.UUID(sys.argv[1])))
"""
MERGED = "SELECT count(*) FROM import_row WHERE import_id = %s AND outcome = 'added' AND NOT is_due"
STARTED = "SELECT merge_started_at IS NOT NULL FROM import WHERE id = %s"


def kill_after(settings: Settings, import_id: str, rows: int) -> int:
    """Start a worker, kill it after it merged so many rows; return how many rows were merged at its end."""
    environment = {**os.environ, "DATABASE_URL": settings.database_url}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, import_id], env=environment, cwd=ROOT)
    with psycopg.connect(driver_url(settings.database_url), autocommit=True) as connection:
        until = time.monotonic() + 60
        while time.monotonic() < until and worker.poll() is None:
            has_started = connection.execute(STARTED, [import_id]).fetchone()
            merged = connection.execute(MERGED, [import_id]).fetchone()
            if has_started == (True,) and merged is not None and merged[0] >= rows:
                break
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        # the server releases the lock of the killed worker only when it notices the closed connection
        connection.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
        connection.execute("SELECT pg_advisory_unlock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
        (merged_count,) = connection.execute(MERGED, [import_id]).fetchone() or (0,)
    return int(merged_count)


async def test_merge_of_killed_worker_is_continued_by_another(
    importing: Importing, session: AsyncSession, settings: Settings
) -> None:
    code = new_id().hex[-12:]
    organisation = await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    file = people(*[(f"{code}{number:04}", f"某{number}", code, "干部") for number in range(LINES)])
    url, _ = await importing.upload_and_check("people", file)
    await importing.confirm(url)

    merged_before = kill_after(settings, url[-36:], rows=50)
    result = await importing.apply(url)

    persons = (await session.exec(select(Person.id).where(col(Person.staff_number).startswith(code)))).all()
    created = (await session.exec(select(Event.id).where(col(Event.subject_id).in_(persons)))).all()
    assert 50 <= merged_before < LINES
    assert (result["state"], result["added"], result["refused"]) == ("applied", LINES, 0)
    assert len(persons) == len(created) == LINES
    assert await build.count(session, Posting, organisation_id=organisation.id) == LINES
