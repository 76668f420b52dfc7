"""Digests are made of columns that may be told: ids, states, counts and moments (DESIGN §5.1)."""

import pytest

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
def test_lasting_columns_exist_and_tell_nothing_personal(table: type) -> None:
    lasting, columns = table.__digest_columns__, set(table.__table__.columns.keys())  # type: ignore[attr-defined]  # DIGEST_TABLES says

    assert lasting[0] == "id"
    assert set(lasting) - columns == set()
    assert len(set(lasting)) == len(lasting)
    assert set(lasting) & NEVER == set()
    assert not [name for name in lasting if name.endswith(("_name", "_text", "_deg", "_hash"))]


def test_every_changeable_thing_has_its_version_under_the_digest() -> None:
    versioned = [table for table in DIGEST_TABLES if "version" in table.__table__.columns]

    assert len(versioned) > 5
    assert [table.__tablename__ for table in versioned if "version" not in table.__digest_columns__] == []


@pytest.mark.parametrize("table", DIGEST_TABLES, ids=lambda table: table.__tablename__)
def test_a_column_that_came_later_leaves_the_digests_before_it_as_they_were(table: type) -> None:
    later: dict[str, str] = getattr(table, "__lasting_later__", {})
    columns = table.__table__.columns  # type: ignore[attr-defined]  # DIGEST_TABLES says

    assert set(later) <= set(columns.keys()) - set(table.__digest_columns__)  # type: ignore[attr-defined]  # as above
    assert set(later) & NEVER == set()
    for name, before in later.items():
        assert columns[name].nullable if before == "NULL" else columns[name].server_default is not None
