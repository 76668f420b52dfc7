"""Prepare an empty database: roles, extensions and administrator settings. Safe to repeat."""

from urllib.parse import quote

import psycopg
from psycopg import sql

from service.foundation.settings import Settings

OWNER_ROLE = "grassroots_owner"
EXTENSIONS = ("postgis", "ltree", "btree_gist")


class AdminRightsMissing(RuntimeError):
    """The role of the administrator URL may not create roles and databases."""


def prepare(admin_url: str, database: str, settings: Settings) -> None:
    """Create what is missing, as an administrator of the cluster. Raises AdminRightsMissing."""
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            for role in (OWNER_ROLE, settings.service_role, settings.auditor_role):
                _create_role(connection, role)
            _create_database(connection, database)
        with psycopg.connect(with_database(admin_url, database), autocommit=True) as connection:
            _set_up_database(connection, database, settings)
    except psycopg.errors.InsufficientPrivilege as refusal:
        raise AdminRightsMissing(
            f"{refusal.diag.message_primary}; use a role that may create roles and databases"
        ) from None


def with_database(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    head, _, query = url.partition("?")
    return head[: head.rindex("/") + 1] + quote(database) + ("?" + query if query else "")


def _create_role(connection: psycopg.Connection, role: str) -> None:
    row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if row is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _create_database(connection: psycopg.Connection, database: str) -> None:
    row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    if row is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                sql.Identifier(database), sql.Identifier(OWNER_ROLE)
            )
        )


def _set_up_database(connection: psycopg.Connection, database: str, settings: Settings) -> None:
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in (settings.service_role, settings.auditor_role):
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role)))
    connection.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(sql.Identifier(OWNER_ROLE)))
    # Values of a statement can be personal data, so the log gets neither parameters nor the DETAIL of an error.
    for setting, value in (
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_error_verbosity", "terse"),
        ("timezone", "UTC"),
    ):
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
        )
