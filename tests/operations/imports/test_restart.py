"""A worker that is killed in the middle of a merge: what is in is in, the rest follows, nothing twice."""

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
from service.operations.worker import importing
merging.MERGED_AT_ONCE = 2
asyncio.run(importing.apply(create_engine(settings()), system_clock, uuid.UUID(sys.argv[1])))
"""
MERGED = "SELECT count(*) FROM import_row WHERE import_id = %s AND outcome = 'added' AND NOT is_due"
BEGUN = "SELECT merge_began_at IS NOT NULL FROM import WHERE id = %s"


def kill_after(settings: Settings, import_id: str, rows: int) -> int:
    """Start a worker on the import and kill it once so many rows are merged; how many there were at its death."""
    environment = {**os.environ, "DATABASE_URL": settings.database_url}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, import_id], env=environment, cwd=ROOT)
    with psycopg.connect(driver_url(settings.database_url), autocommit=True) as connection:
        until = time.monotonic() + 60
        while time.monotonic() < until and worker.poll() is None:
            has_begun = connection.execute(BEGUN, [import_id]).fetchone()
            merged = connection.execute(MERGED, [import_id]).fetchone()
            if has_begun == (True,) and merged is not None and merged[0] >= rows:
                break
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        (merged_at_death,) = connection.execute(MERGED, [import_id]).fetchone() or (0,)
    return int(merged_at_death)


async def test_a_worker_killed_in_the_middle_of_a_merge_is_followed_by_one_that_goes_on(
    importing: Importing, session: AsyncSession, settings: Settings
) -> None:
    code = new_id().hex[-12:]
    organisation = await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    file = people(*[(f"{code}{number:04}", f"某{number}", code, "干部") for number in range(LINES)])
    url, _ = await importing.checked("people", file)
    await importing.confirmed(url)

    killed_at = kill_after(settings, url[-36:], rows=50)
    done = await importing.apply(url)

    persons = (await session.exec(select(Person.id).where(col(Person.staff_number).startswith(code)))).all()
    created = (await session.exec(select(Event.id).where(col(Event.subject_id).in_(persons)))).all()
    assert 50 <= killed_at < LINES
    assert (done["state"], done["added"], done["refused"]) == ("applied", LINES, 0)
    assert len(persons) == len(created) == LINES
    assert await build.count(session, Posting, organisation_id=organisation.id) == LINES
