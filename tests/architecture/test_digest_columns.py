"""Digest columns are not personal: ids, states, counts and timestamps (DESIGN §5.1)."""

import pytest

from service.foundation.events.digest import digest_sql
from service.identity.people.tables import Person
from service.tables import DIGEST_TABLES

NEVER = {
    "name",
    "text",
    "heard",
    "done",
    "position",
    "area",
    "login",
    "url",
    "secret",
    "password_hash",
    "request_fingerprint",
}


@pytest.mark.parametrize("table", DIGEST_TABLES, ids=lambda table: table.__tablename__)
def test_digest_columns_exist_and_are_not_personal(table: type) -> None:
    digest, columns = table.__digest_columns__, set(table.__table__.columns.keys())  # type: ignore[attr-defined]  # DIGEST_TABLES says

    assert digest[0] == "id"
    assert set(digest) - columns == set()
    assert len(set(digest)) == len(digest)
    assert set(digest) & NEVER == set()
    assert not [name for name in digest if name.endswith(("_name", "_text", "_deg", "_hash"))]


def test_digest_sql_is_one_array_of_the_columns() -> None:
    sql = digest_sql(Person, "row")

    assert sql.startswith("sha256(convert_to(jsonb_build_array('person', row.id, ")
    assert "CASE" not in sql
    assert all(f"row.{name}" in sql for name in Person.__digest_columns__)


def test_version_column_is_part_of_the_digest() -> None:
    versioned = [table for table in DIGEST_TABLES if "version" in table.__table__.columns]

    assert len(versioned) > 5
    assert [table.__tablename__ for table in versioned if "version" not in table.__digest_columns__] == []
