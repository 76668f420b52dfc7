"""Jobs that procrastinate runs, on a schedule or after an event. Each job opens its own transactions.

This module holds the worker's own jobs; the jobs of domains are declared in their manifests and registered here.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import procrastinate
import sqlalchemy as sa
from procrastinate import Blueprint, JobContext, PsycopgConnector, RetryStrategy
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.db import connection_options, driver_url, transaction
from service.foundation.events import chains
from service.foundation.log import logger
from service.foundation.manifest.handlers import Job, JobTools, PeriodicJob
from service.foundation.manifest.manifest import Domains
from service.foundation.settings import Settings
from service.operations.privacy import purge
from service.operations.privacy.retention import RetentionPolicy
from service.operations.worker.purging import purge_all
from service.operations.worker.timers import sweep

blueprint = Blueprint()
RETRY = RetryStrategy(max_attempts=10, exponential_wait=3)
STALLED_AFTER_S = 60
ENSURE_PARTITIONS = sa.text("SELECT ensure_partitions(:now)")
Run = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Tools:
    """The resources that the worker's jobs use."""

    engine: AsyncEngine
    settings: Settings
    keys: Keys
    clock: Clock
    domains: Domains

    @cached_property
    def policy(self) -> RetentionPolicy:
        """The retention rules with the days of this deployment."""
        return RetentionPolicy(self.domains.retention, self.settings)

    @cached_property
    def for_domains(self) -> JobTools:
        """The resources that the jobs of domains use."""
        return JobTools(self.engine, self.settings, self.keys, self.clock, self.domains.inbox_rules, self.leave_proof)

    async def leave_proof(self, session: AsyncSession, rule: str, ids: Collection[UUID]) -> None:
        """Record that these rows were removed under the retention rule."""
        await purge.record_purge(session, self.policy.rules[rule], ids, self.policy, self.clock())


def jobs_app(settings: Settings, domains: Domains) -> procrastinate.App:
    """The job queue in this database, with all tasks registered."""
    connector = PsycopgConnector(
        conninfo=driver_url(settings.database_url),
        kwargs={"options": connection_options(settings.statement_timeout_ms)},
        min_size=1,
        max_size=4,
    )
    app = procrastinate.App(connector=connector)
    app.add_tasks_from(blueprint, namespace="")
    app.add_tasks_from(_register_domain_jobs(domains), namespace="")
    return app


def _register_domain_jobs(domains: Domains) -> Blueprint:
    tasks = Blueprint()
    for job in domains.jobs.values():
        lock = job.task if job.one_at_a_time else None
        tasks.task(name=job.task, retry=RETRY, lock=lock, pass_context=True)(_event_task(job))
    for periodic in domains.periodic_jobs.values():
        task = tasks.task(name=periodic.task, queueing_lock=periodic.task, pass_context=True)(_periodic_task(periodic))
        tasks.periodic(cron=periodic.cron)(task)
    return tasks


def _event_task(job: Job) -> Run:
    async def run(context: JobContext, event_id: str, subject_id: str, payload: dict[str, Any]) -> None:
        await job.run(_tools(context).for_domains, UUID(subject_id), payload)

    return run


def _periodic_task(job: PeriodicJob) -> Run:
    async def run(context: JobContext, timestamp: int) -> None:
        await job.run(_tools(context).for_domains)

    return run


def _tools(context: JobContext) -> Tools:
    tools: Tools = context.additional_context["tools"]
    return tools


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="timers.sweep", queueing_lock="timers.sweep", pass_context=True)
async def sweep_timers(context: JobContext, timestamp: int) -> None:
    """Every minute: handle due timers."""
    tools = _tools(context)
    await sweep(tools.engine, tools.domains.timers, tools.leave_proof, tools.clock())


@blueprint.periodic(cron="0 18 * * *")
@blueprint.task(name="purges.run", queueing_lock="purges.run", pass_context=True)
async def run_purges(context: JobContext, timestamp: int) -> None:
    """Daily at 02:00 Beijing time: remove or mask what is past its retention, with a proof."""
    tools = _tools(context)
    await purge_all(tools.engine, tools.policy, tools.clock())


@blueprint.periodic(cron="*/10 * * * *")
@blueprint.task(name="chains.extend", queueing_lock="chains.extend", pass_context=True)
async def extend_chains(context: JobContext, timestamp: int) -> None:
    """Every ten minutes: extend the hash chains over new rows of the feed and the access log."""
    tools = _tools(context)
    for chain in chains.CHAINS:
        async with transaction(tools.engine) as session:
            await chains.append_head(session, chain, tools.clock())


@blueprint.periodic(cron="30 16 * * *")
@blueprint.task(name="chains.export", queueing_lock="chains.export", pass_context=True)
async def export_chain_heads(context: JobContext, timestamp: int) -> None:
    """Daily at 00:30 Beijing time: export the signed head of each chain out of this database."""
    tools = _tools(context)
    for chain in chains.CHAINS:
        async with transaction(tools.engine) as session:
            head = await chains.signed_head(session, chain, tools.keys, tools.clock())
        if head is None:
            continue
        logger.info("chain head", chain=chain.name, head=head)
        if tools.settings.chain_head_directory:
            chains.write_head(tools.settings.chain_head_directory, chain, head, tools.clock())


@blueprint.periodic(cron="0 17 * * *")
@blueprint.task(name="partitions.create", queueing_lock="partitions.create", pass_context=True)
async def create_partitions(context: JobContext, timestamp: int) -> None:
    """Daily: create the partitions of the next two years."""
    tools = _tools(context)
    async with transaction(tools.engine) as session:
        await (await session.connection()).execute(ENSURE_PARTITIONS, {"now": tools.clock()})


@blueprint.periodic(cron="*/5 * * * *")
@blueprint.task(name="jobs.clean_up", queueing_lock="jobs.clean_up", pass_context=True)
async def clean_up_jobs(context: JobContext, timestamp: int) -> None:
    """Every five minutes: retry jobs of workers that died; remove finished jobs after a day."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        await manager.retry_job(stalled)
    await manager.delete_old_jobs(nb_hours=24)
