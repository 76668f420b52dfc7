"""Benchmark of check-ins: one API process, compared with pgbench and the same statement.

`share` is the ratio of check-ins per second, with eight clients. `pg_ms_ratio` is the CPU time of PostgreSQL for our
statement, compared with a bare INSERT of a visit and its event; it shows a slow statement, which would improve
`share`. `check_in_batch` compares rows per second in batches of fifty with single rows. `--growth` compares 100,000
visits with 10 million.
"""

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

from bench import pgbench, seed
from bench.api import Api, api
from bench.database import Database, database
from bench.rounds import Rounds, Sample, alternate, median, ratio
from schemas.events import EventName
from schemas.fieldwork.visits import CheckIn
from schemas.foundation.geo import Datum
from service.fieldwork.visits.check_in import CheckInRequest, CheckInResult, check_in_many
from service.fieldwork.visits.statements import CHECK_IN
from service.foundation.clock import system_clock
from service.foundation.crypto import create_keys, load_keys
from service.foundation.db import AutocommitPool
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

CLIENTS = 8
ROUNDS = 5
SECONDS = 3
BATCH = 50
BATCHES_AT_ONCE = 4
FEW, MANY = 100_000, 10_000_000

# The reference: insert one visit and its event without any check, with the same keys and constraints.
BARE = f"""
WITH new AS (
    INSERT INTO visit (id, person_id, organisation_id, place_id, state, checked_in_at, presence, presence_reasons,
        request_fingerprint)
    VALUES (%(id)s::uuid, %(person_id)s::uuid, %(posting)s::uuid, %(place_id)s::uuid, 'open',
        %(checked_in_at)s::timestamptz, 'verified', '{{}}', %(request_fingerprint)s::bytea)
)
INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_kind, actor_id, occurred_at, payload,
    digest)
VALUES (%(event_id)s::uuid, '{EventName.VISIT_CHECKED_IN}', %(id)s::uuid, ARRAY[%(posting)s::uuid],
    ARRAY[%(person_id)s::uuid], 'person', %(person_id)s::uuid, %(checked_in_at)s::timestamptz, %(payload)s::jsonb,
    %(request_fingerprint)s::bytea)
"""  # noqa: S608 - an event name of our own
BARE_LITERALS = seed.LITERALS | {
    "posting": f"'{seed.HEAD}:organisation'",
    "payload": f"""'{{"place_id": "{seed.HEAD}:place", "person_id": "{seed.HEAD}:person"}}'""",
}


def run(options: frozenset[str]) -> str:
    """Return the result lines. With the option `growth` also those for ten million visits (ten minutes)."""
    with database() as rows, api(rows) as server:
        seed.world(rows)
        seed.visits(rows, 1, FEW)
        report = _report(_measure(rows, server))
        return report + _growth(rows, server) if "growth" in options else report


def _measure(rows: Database, server: Api, rounds: int = ROUNDS) -> Rounds:
    variants = {
        "api": lambda: server.check_ins(rows, CLIENTS, SECONDS),
        "statement": lambda: pgbench.run(rows, CHECK_IN, seed.LITERALS, CLIENTS, SECONDS),
        "bare": lambda: pgbench.run(rows, BARE, BARE_LITERALS, CLIENTS, SECONDS),
        "batch": lambda: asyncio.run(_batches(rows, SECONDS)),
    }
    return alternate(variants, rounds, rows.vacuum)


def _report(rounds: Rounds) -> str:
    lines = [
        f"check_in clients={CLIENTS} share={ratio(rounds, lambda sample: sample.per_s, 'api', 'statement'):.2f}"
        f" p99_ratio={ratio(rounds, lambda sample: sample.p99_ms, 'api', 'statement'):.1f}"
        f" pg_ms_ratio={ratio(rounds, lambda sample: sample.pg_ms, 'statement', 'bare'):.1f}",
        f"check_in_batch ratio={ratio(rounds, lambda sample: sample.per_s, 'batch', 'statement'):.1f}",
    ]
    for name in ("api", "statement", "bare", "batch"):
        lines.append(
            f"  {name:9} per_s={median(rounds, lambda sample: sample.per_s, name):.0f}"
            f" p50_ms={median(rounds, lambda sample: sample.p50_ms, name):.2f}"
            f" p99_ms={median(rounds, lambda sample: sample.p99_ms, name):.1f}"
            f" pg_ms={median(rounds, lambda sample: sample.pg_ms, name):.3f}"
            f" api_ms={median(rounds, lambda sample: sample.api_ms, name):.3f}"
            f" load_cores={median(rounds, lambda sample: sample.load_cores, name):.2f}"
        )
    return "\n".join(lines)


def _growth(rows: Database, server: Api) -> str:
    few = _cost(rows, server)
    seed.visits(rows, FEW + 1, MANY)
    many = _cost(rows, server)
    return (
        f"\ncheck_in_growth visits={FEW}..{MANY} buffers={many[0] / few[0]:.2f} p50={many[1] / few[1]:.2f}"
        f" api_p50={many[2] / few[2]:.2f}\n  buffers={few[0]:.1f}..{many[0]:.1f}"
        f" p50_ms={few[1]:.2f}..{many[1]:.2f} api_p50_ms={few[2]:.2f}..{many[2]:.2f}"
    )


def _cost(rows: Database, server: Api) -> tuple[float, float, float]:
    """Return buffers per check-in, p50 of pgbench and p50 of the API (milliseconds), with warm caches."""
    pgbench.run(rows, CHECK_IN, seed.LITERALS, CLIENTS, 4 * SECONDS)
    buffers, samples = [], []
    for _ in range(ROUNDS):
        before = rows.buffers()
        samples.append(pgbench.run(rows, CHECK_IN, seed.LITERALS, CLIENTS, SECONDS))
        buffers.append((rows.buffers() - before) / (samples[-1].per_s * SECONDS))
    api_p50_ms = [server.check_ins(rows, CLIENTS, SECONDS).p50_ms for _ in range(ROUNDS)]
    return (
        statistics.median(buffers),
        statistics.median(sample.p50_ms for sample in samples),
        statistics.median(api_p50_ms),
    )


async def _batches(rows: Database, seconds: float) -> Sample:
    """Check in fifty visits of a person per call, as after days without a network; four calls in parallel."""
    with tempfile.TemporaryDirectory() as folder:
        create_keys(Path(folder))
        keys = load_keys(Path(folder))
    pool = AutocommitPool(Settings(database_url=rows.service_url))
    await pool.open()
    took_s: list[float] = []
    before, start_s = (rows.cpu_s(), time.process_time()), time.perf_counter()

    async def caller() -> None:
        while time.perf_counter() < start_s + seconds:
            started = time.perf_counter()
            person_id = seed.id_of(seed.PERSON, random.randint(1, seed.VISITORS))  # noqa: S311 - load, not a secret
            actor = Actor(person_id, None, Permission.VISIT_WRITE, system_clock())
            requests = [_random_check_in() for _ in range(BATCH)]
            arrivals = [
                CheckInRequest(new_id(), request, keys.fingerprint(request.model_dump(mode="json")))
                for request in requests
            ]
            outcomes = await check_in_many(pool, actor, arrivals, None)
            if not all(isinstance(outcome, CheckInResult) and outcome.is_new for outcome in outcomes):
                raise RuntimeError("not all check-ins succeeded")
            took_s.append(time.perf_counter() - started)

    await asyncio.gather(*(caller() for _ in range(BATCHES_AT_ONCE)))
    seconds = time.perf_counter() - start_s
    await pool.close()
    row_count = len(took_s) * BATCH
    took_s.sort()
    return Sample(
        per_s=row_count / seconds,
        p50_ms=took_s[len(took_s) // 2] * 1000,
        p99_ms=took_s[len(took_s) * 99 // 100] * 1000,
        pg_ms=(rows.cpu_s() - before[0]) * 1000 / row_count,
        api_ms=(time.process_time() - before[1]) * 1000 / row_count,
    )


def _random_check_in() -> CheckIn:
    place = random.randint(1, seed.PLACES)  # noqa: S311 - as above
    east, north = seed.centre_of(place)
    longitude_deg, latitude_deg = from_wgs84(east, north, Datum.GCJ02)
    at = system_clock()
    return CheckIn.model_validate(
        {
            "place_id": seed.id_of(seed.PLACE, place),
            "checked_in_at": at,
            "position": {
                "longitude_deg": longitude_deg,
                "latitude_deg": latitude_deg,
                "accuracy_m": 15,
                "datum": "gcj02",
                "captured_at": at,
            },
        }
    )
