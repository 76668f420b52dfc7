"""Digests are made of columns that may be told: ids, states, counts and moments (DESIGN §5.1)."""

import pytest

from service.tables import LASTING

NEVER = {"name", "text", "heard", "done", "position", "area", "login", "url", "secret", "password_hash", "sameness"}


@pytest.mark.parametrize("table", LASTING, ids=lambda table: table.__tablename__)
def test_lasting_columns_exist_and_tell_nothing_personal(table: type) -> None:
    lasting, columns = table.__lasting__, set(table.__table__.columns.keys())  # type: ignore[attr-defined]  # LASTING says

    assert lasting[0] == "id"
    assert set(lasting) - columns == set()
    assert len(set(lasting)) == len(lasting)
    assert set(lasting) & NEVER == set()
    assert not [name for name in lasting if name.endswith(("_name", "_text", "_deg", "_hash"))]


def test_every_changeable_thing_has_its_version_under_the_digest() -> None:
    versioned = [table for table in LASTING if "version" in table.__table__.columns]

    assert len(versioned) > 5
    assert [table.__tablename__ for table in versioned if "version" not in table.__lasting__] == []


@pytest.mark.parametrize("table", LASTING, ids=lambda table: table.__tablename__)
def test_a_column_that_came_later_leaves_the_digests_before_it_as_they_were(table: type) -> None:
    later: dict[str, str] = getattr(table, "__lasting_later__", {})
    columns = table.__table__.columns  # type: ignore[attr-defined]  # LASTING says

    assert set(later) <= set(columns.keys()) - set(table.__lasting__)  # type: ignore[attr-defined]  # as above
    assert set(later) & NEVER == set()
    for name, before in later.items():
        assert columns[name].nullable if before == "NULL" else columns[name].server_default is not None
