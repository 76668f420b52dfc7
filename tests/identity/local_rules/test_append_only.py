"""Settings are append-only: the service role can neither change nor delete settings and versions."""

import psycopg
import pytest

from service.foundation.settings import Settings


@pytest.mark.parametrize("verb", ["UPDATE {} SET id = NULL", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["local_rule", "problem_category_version", "problem_route_version"])
def test_service_role_cannot_change_settings(settings: Settings, table: str, verb: str) -> None:
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(verb.format(table))
