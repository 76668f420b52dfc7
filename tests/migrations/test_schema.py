"""Migrations: they match the tables, go down and up, and set the rights of the database roles."""

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from service.foundation.settings import Settings
from service.tables import METADATA
from tests.conftest import ROOT


@pytest.fixture
def config(settings: Settings) -> Config:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["url"] = settings.owner_database_url
    return config


@pytest.mark.filterwarnings("ignore:Did not recognize type '(xid8|ltree)'")
def test_tables_and_migrations_are_equal(config: Config) -> None:
    command.check(config)


LEFTOVERS = """
    SELECT relname FROM pg_class WHERE relowner = current_user::regrole AND relname !~ '^(alembic_version|pg_toast)'
    UNION ALL SELECT proname FROM pg_proc WHERE proowner = current_user::regrole
    UNION ALL SELECT typname FROM pg_type WHERE typowner = current_user::regrole AND typname !~ 'alembic_version'
"""


def test_downgrade_leaves_nothing_and_upgrade_succeeds(config: Config, settings: Settings) -> None:
    command.downgrade(config, "base")
    with psycopg.connect(settings.owner_database_url) as connection:
        leftovers = connection.execute(LEFTOVERS).fetchall()
    command.upgrade(config, "head")

    assert leftovers == []


def test_check_constraint_of_an_enum_lists_its_members(settings: Settings) -> None:
    enums = [
        (table.name, column.name, set(column.type.enums))
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]
    with psycopg.connect(settings.owner_database_url) as connection:
        checks = connection.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        ).fetchall()

    assert len(enums) > 8
    for table, column, members in enums:
        definitions = [text for name, text in checks if name == table and f"(({column})::text" in text]
        allowed = [set(text.split("'")[1::2]) for text in definitions]
        assert members in allowed, f"{table}.{column}"


def test_partitions_exist_for_the_next_two_years(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute("SELECT ensure_partitions(now()), ensure_partitions(now() + '1 year')").fetchone()

    assert row is not None
    assert row[0] == 0
    assert row[1] > 12


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = NULL", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["event", "feed", "audience", "chain_head", "access_log"])
def test_service_role_cannot_change_append_only_tables(settings: Settings, table: str, verb: str) -> None:
    statement = verb.format(table, METADATA.tables[table].columns.values()[0].name)

    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_service_role_cannot_read_the_access_log(settings: Settings) -> None:
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM access_log")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET action = ''",
        "DELETE FROM access_log",
        "TRUNCATE access_log",
        "DELETE FROM chain_head",
        "SELECT * FROM person",
        "SELECT * FROM event",
    ],
)
def test_auditor_role_adds_lines_and_changes_none(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.auditor_database_url) as connection:
        connection.execute("INSERT INTO access_log (id, action, facts) VALUES (gen_random_uuid(), 'x', '{}')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
