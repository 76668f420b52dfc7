"""Collect the facts that the doctor checks: settings, environment, key files, database."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from service.foundation.clock import Clock
from service.foundation.crypto import KeysUnusable, load_keys
from service.foundation.db import connection_options, driver_url
from service.foundation.manifest.manifest import Domains
from service.foundation.manifest.records import ServiceRights
from service.foundation.settings import Settings

CONNECT_TIMEOUT_S = 5
AHEAD_DAYS = 31
"""Partitions must exist this far ahead; the worker creates them two years ahead."""

ROLE = """
SELECT rolname, rolsuper, rolbypassrls, rolcreaterole OR rolcreatedb, clock_timestamp(),
    current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on',
    current_setting('synchronous_commit') <> 'off',
    inet_server_addr() IS NULL OR host(inet_server_addr()) IN ('127.0.0.1', '::1')
        OR coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
    to_regclass('event') IS NOT NULL
FROM pg_roles WHERE rolname = current_user
"""
CHANGEABLE = """
SELECT DISTINCT name FROM (
    SELECT name, verb
    FROM unnest(%(append_only)s::text[]) AS name, unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) AS verb
    UNION ALL
    SELECT name, verb
    FROM unnest(%(write_only)s::text[]) AS name, unnest(array['SELECT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS verb
) AS forbidden
WHERE has_table_privilege(name, verb) OR EXISTS (
    SELECT FROM pg_class WHERE oid = to_regclass(name) AND pg_has_role(relowner, 'MEMBER'))
ORDER BY name
"""
WITHOUT_PARTITION = """
SELECT parent FROM unnest(%(parents)s::text[]) AS parent, unnest(%(timestamps)s::timestamptz[]) AS checked_at
WHERE NOT EXISTS (
    SELECT FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid,
        regexp_match(pg_get_expr(part.relpartbound, part.oid), 'FROM \\(''(.+)''\\) TO \\(''(.+)''\\)') AS bound
    WHERE inhparent = to_regclass(parent) AND bound[1]::uuid <= uuid7_floor(checked_at)
        AND bound[2]::uuid > uuid7_floor(checked_at))
GROUP BY parent ORDER BY parent
"""
WORKER = "SELECT max(last_heartbeat) FROM procrastinate_workers"
VERSION = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True)
class KeyFacts:
    """The keys folder and its files."""

    is_open: bool = False
    """Other users may write to the folder."""
    open_files: tuple[str, ...] = ()
    """Names of files that other users may read."""
    unusable: str | None = None
    """Why the keys cannot be loaded."""


@dataclass(frozen=True)
class DatabaseFacts:
    """The database as the service's own connection sees it."""

    unreachable: str | None = None
    """The type of the connection error."""
    role: str = ""
    is_superuser: bool = False
    bypasses_rls: bool = False
    may_create: bool = False
    skew_s: float = 0.0
    """The database's clock minus this machine's, in seconds."""
    is_durable: bool = True
    is_encrypted: bool = True
    version: str | None = None
    changeable: tuple[str, ...] = ()
    without_partition: tuple[str, ...] = ()
    worker_seen_at: datetime | None = None
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rows found by the checks of domains, by the word of the check."""


def variables() -> frozenset[str]:
    """The names of all environment variables that are settings."""
    prefix = Settings.model_config["env_prefix"]
    fields = Settings.model_fields.items()
    return frozenset(str(info.validation_alias or prefix + name.upper()) for name, info in fields)


@dataclass(frozen=True)
class Facts:
    """All facts that the checks read."""

    settings: Settings
    environ: Mapping[str, str]
    keys: KeyFacts
    database: DatabaseFacts
    now: datetime
    known_versions: frozenset[str] = frozenset()
    """The migrations of this release."""
    newest: str | None = None
    """The last of them."""
    known_variables: frozenset[str] = field(default_factory=variables)


def gather(
    settings: Settings, environ: Mapping[str, str], clock: Clock, versions: list[str], domains: Domains
) -> Facts:
    """Collect all facts; `versions` are the migrations of this release, the newest first."""
    keys, database = inspect_keys(settings), inspect_database(settings, clock, domains)
    newest = versions[0] if versions else None
    return Facts(settings, environ, keys, database, clock(), frozenset(versions), newest)


def inspect_keys(settings: Settings) -> KeyFacts:
    directory = settings.keys_directory
    try:
        load_keys(directory, settings.field_cipher)
        unusable = None
    except KeysUnusable as failure:
        unusable = str(failure)
    if not directory.is_dir():
        return KeyFacts(unusable=unusable)
    files = sorted(path for path in directory.iterdir() if path.suffix in {".pem", ".key"})
    # Container platforms mount secrets read-only and readable by the group; that is accepted.
    open_files = tuple(path.name for path in files if path.stat().st_mode & 0o037)
    return KeyFacts(_is_open(directory), open_files, unusable)


def _is_open(directory: Path) -> bool:
    is_read_only = bool(os.statvfs(directory).f_flag & os.ST_RDONLY)
    return bool(directory.stat().st_mode & 0o022) and not is_read_only


def inspect_database(settings: Settings, clock: Clock, domains: Domains) -> DatabaseFacts:
    options = connection_options(max(settings.statement_timeout_ms, 1_000))
    try:
        with psycopg.connect(
            driver_url(settings.database_url), connect_timeout=CONNECT_TIMEOUT_S, options=options, autocommit=True
        ) as connection:
            return _inspect_connection(connection, clock, domains)
    except (psycopg.Error, ValueError) as failure:  # ValueError: the URL is malformed
        return DatabaseFacts(unreachable=type(failure).__name__)


def _inspect_connection(connection: psycopg.Connection, clock: Clock, domains: Domains) -> DatabaseFacts:
    before = clock()
    row = connection.execute(ROLE).fetchone()
    assert row is not None  # noqa: S101 - the current role always exists
    (
        role,
        is_superuser,
        bypasses_rls,
        may_create,
        database_now,
        fsync,
        full_pages,
        synchronous,
        is_encrypted,
        has_tables,
    ) = row
    midpoint = before + (clock() - before) / 2
    facts = DatabaseFacts(
        role=role,
        is_superuser=is_superuser,
        bypasses_rls=bypasses_rls,
        may_create=may_create,
        skew_s=(database_now - midpoint).total_seconds(),
        is_durable=fsync and full_pages and synchronous,
        is_encrypted=is_encrypted,
    )
    return _inspect_tables(connection, facts, clock(), domains) if has_tables else facts


def _inspect_tables(
    connection: psycopg.Connection, facts: DatabaseFacts, now: datetime, domains: Domains
) -> DatabaseFacts:
    def column(statement: str, **values: object) -> tuple[str, ...]:
        return tuple(row[0] for row in connection.execute(statement.encode(), values or None))

    def tables(rights: ServiceRights) -> list[str]:
        return [record.name for record in domains.records.values() if record.service_rights is rights]

    partitioned = [record.name for record in domains.records.values() if record.is_partitioned]
    (heartbeat,) = connection.execute(WORKER).fetchone() or (None,)
    timestamps = [now, now + timedelta(days=AHEAD_DAYS)]
    return replace(
        facts,
        version=next(iter(column(VERSION)), None),
        changeable=column(CHANGEABLE, append_only=tables(ServiceRights.READ), write_only=tables(ServiceRights.NONE)),
        without_partition=column(WITHOUT_PARTITION, parents=partitioned, timestamps=timestamps),
        worker_seen_at=heartbeat,
        rows={check.word: column(check.statement) for check in domains.rows_checks},
    )
