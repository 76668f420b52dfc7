"""Jobs: what procrastinate runs, scheduled or after an event. Each job opens its own transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import procrastinate
import sqlalchemy as sa
from procrastinate import Blueprint, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.identity.people import ConsentPurpose
from service.fieldwork.visits import positions, proposing
from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.db import connection_options, driver_url, transaction
from service.foundation.events import chains as seal
from service.foundation.log import logger
from service.foundation.settings import Settings
from service.identity.people import consents
from service.operations.privacy.purge import leave_proof
from service.operations.privacy.retention import BY_WORD
from service.operations.worker import importing
from service.operations.worker.freezing import freeze
from service.operations.worker.purging import purge_all
from service.operations.worker.rebuilding import rebuild_inbox
from service.operations.worker.registry import imports
from service.operations.worker.registry.assessments import FREEZE
from service.operations.worker.registry.people import END_OF_CONSENT
from service.operations.worker.timers import sweep

blueprint = Blueprint()
RETRY = RetryStrategy(max_attempts=10, exponential_wait=3)
STALLED_AFTER_S = 60
LAPSED_AT_ONCE = 500
FORGET_POSITIONS = "visits.forget_positions"
ENSURE_PARTITIONS = sa.text("SELECT ensure_partitions(:now)")


@dataclass(frozen=True)
class Tools:
    """What a job works with."""

    engine: AsyncEngine
    settings: Settings
    keys: Keys
    clock: Clock


def jobs_app(settings: Settings) -> procrastinate.App:
    """The queue on this database, with every task registered."""
    connector = PsycopgConnector(
        conninfo=driver_url(settings.database_url),
        kwargs={"options": connection_options(settings.statement_timeout_ms)},
        min_size=1,
        max_size=4,
    )
    app = procrastinate.App(connector=connector)
    app.add_tasks_from(blueprint, namespace="")
    return app


def _tools(context: JobContext) -> Tools:
    tools: Tools = context.additional_context["tools"]
    return tools


@blueprint.task(name=END_OF_CONSENT, retry=RETRY, pass_context=True)
async def end_of_consent(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """A consent was withdrawn or lapsed: what was kept under it goes, with a proof."""
    tools = _tools(context)
    if payload["purpose"] != ConsentPurpose.KEEP_POSITIONS.value:
        return
    async with transaction(tools.engine) as session:
        gone = await positions.forget_all_of(session, UUID(payload["person_id"]))
        await leave_proof(session, BY_WORD["position_without_consent"], gone, tools.settings, tools.clock())


@blueprint.task(name=FORGET_POSITIONS, retry=RETRY, pass_context=True)
async def forget_positions(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """Put in line by a worker of the version before; drop it one release later."""
    await end_of_consent(context, event_id, subject_id, {"purpose": "keep_positions", **payload})


@blueprint.task(name=FREEZE, retry=RETRY, pass_context=True)
async def freeze_cycle(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """A cycle is to be frozen: dossier by dossier."""
    tools = _tools(context)
    await freeze(tools.engine, tools.keys, tools.clock, UUID(subject_id))


@blueprint.task(name=imports.CHECK, retry=RETRY, pass_context=True)
async def check_import(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """A file came in: compare it."""
    tools = _tools(context)
    await importing.check(tools.engine, tools.clock, UUID(subject_id))


@blueprint.task(name=imports.APPLY, retry=RETRY, lock=imports.APPLY, pass_context=True)
async def apply_import(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """A diff was confirmed: merge it. Others wait in line; a killed one goes on first."""
    tools = _tools(context)
    await importing.apply(tools.engine, tools.clock, UUID(subject_id))


@blueprint.task(name=imports.EMPTY, retry=RETRY, pass_context=True)
async def empty_import(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
    """An import was given up: nothing on persons stays staged."""
    await importing.empty(_tools(context).engine, UUID(subject_id))


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="timers.sweep", queueing_lock="timers.sweep", pass_context=True)
async def sweep_clocks(context: JobContext, timestamp: int) -> None:
    """Every minute: do what is due."""
    tools = _tools(context)
    await sweep(tools.engine, tools.clock())


@blueprint.periodic(cron="*/10 * * * *")
@blueprint.task(name="seals.extend", queueing_lock="seals.extend", pass_context=True)
async def extend_seals(context: JobContext, timestamp: int) -> None:
    """Every ten minutes: seal what the feed and the access log have gained."""
    tools = _tools(context)
    for chain in seal.CHAINS:
        async with transaction(tools.engine) as session:
            await seal.extend(session, chain, tools.clock())


@blueprint.periodic(cron="30 16 * * *")
@blueprint.task(name="seals.export", queueing_lock="seals.export", pass_context=True)
async def export_seals(context: JobContext, timestamp: int) -> None:
    """Daily, half past midnight in Beijing: the signed head of each chain leaves this database."""
    tools = _tools(context)
    for chain in seal.CHAINS:
        async with transaction(tools.engine) as session:
            head = await seal.signed_head(session, chain, tools.keys, tools.clock())
        if head is None:
            continue
        logger.info("seal head", chain=chain.name, head=head)
        if tools.settings.seal_directory:
            seal.write_head(tools.settings.seal_directory, chain, head, tools.clock())


@blueprint.periodic(cron="0 17 * * *")
@blueprint.task(name="partitions.tend", queueing_lock="partitions.tend", pass_context=True)
async def tend_partitions(context: JobContext, timestamp: int) -> None:
    """Daily: partitions two years ahead."""
    tools = _tools(context)
    async with transaction(tools.engine) as session:
        await (await session.connection()).execute(ENSURE_PARTITIONS, {"now": tools.clock()})


@blueprint.periodic(cron="0 18 * * *")
@blueprint.task(name="purges.run", queueing_lock="purges.run", pass_context=True)
async def run_purges(context: JobContext, timestamp: int) -> None:
    """Nightly, two in the morning in Beijing: consents not renewed in time lapse; what is over goes, with a proof."""
    tools = _tools(context)
    lapsed = LAPSED_AT_ONCE
    while lapsed == LAPSED_AT_ONCE:
        async with transaction(tools.engine) as session:
            lapsed = await consents.lapse(session, tools.clock(), LAPSED_AT_ONCE)
    await purge_all(tools.engine, tools.settings, tools.clock())


@blueprint.periodic(cron="0 19 * * *")
@blueprint.task(name="inbox.rebuild", queueing_lock="inbox.rebuild", pass_context=True)
async def rebuild(context: JobContext, timestamp: int) -> None:
    """Nightly, three in the morning in Beijing: what changed without an event (a new notice, say) reaches the inbox."""
    tools = _tools(context)
    await rebuild_inbox(tools.engine, tools.clock())


@blueprint.periodic(cron="30 19 * * *")
@blueprint.task(name="fences.propose", queueing_lock="fences.propose", pass_context=True)
async def propose_fences(context: JobContext, timestamp: int) -> None:
    """Nightly: proposals that positions no longer support go, places without a fence where check-ins agree get one
    proposed; a few in each transaction.
    """
    tools = _tools(context)
    for look in (proposing.take_back, proposing.propose):
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with transaction(tools.engine) as session:
                after = await look(session, after, tools.clock())


@blueprint.periodic(cron="*/5 * * * *")
@blueprint.task(name="jobs.tend", queueing_lock="jobs.tend", pass_context=True)
async def tend_jobs(context: JobContext, timestamp: int) -> None:
    """Every five minutes: jobs of workers that died run again; finished ones are removed after a day."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        await manager.retry_job(stalled)
    await manager.delete_old_jobs(nb_hours=24)
