"""Every failure can be told: a code of its own, a sentence in both languages, facts that both know."""

import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter

import psycopg
import pytest

import service
from routers.errors import PROTOCOL_ERRORS, STATUS, ProtocolError
from service.foundation.errors import DomainError, Kind
from service.foundation.settings import Settings

for module in pkgutil.walk_packages(service.__path__, "service."):
    importlib.import_module(module.name)


def below(failure: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in failure.__subclasses__():
        yield one
        yield from below(one)


FAILURES = [one for one in below(DomainError) if one.__module__.startswith("service.") and hasattr(one, "code")]


def fields(sentence: str) -> set[str]:
    """The facts a sentence speaks of."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_a_failure_says_the_same_in_both_languages(failure: type[DomainError]) -> None:
    facts = dict.fromkeys(fields(failure.zh), "7")

    assert fields(failure.zh) == fields(failure.en)
    assert failure.zh.format(**facts) != failure.en.format(**facts)
    assert failure.__doc__


def test_every_failure_has_a_code_of_its_own() -> None:
    codes = [failure.code for failure in FAILURES]
    without = [one for one in below(DomainError) if not hasattr(one, "code") and not one.__subclasses__()]

    assert len(codes) > 20
    assert without == []
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", PROTOCOL_ERRORS, ids=lambda error: error.code)
def test_protocol_error_says_the_same_in_both_languages(error: ProtocolError) -> None:
    assert fields(error.zh) == fields(error.en)
    assert error.zh != error.en
    assert 400 <= error.status < 600


def test_protocol_errors_have_codes_of_their_own() -> None:
    codes = [error.code for error in PROTOCOL_ERRORS]

    assert len(codes) > 10
    assert len(codes) == len(set(codes))


def test_every_kind_of_failure_has_a_status() -> None:
    assert set(STATUS) == set(Kind)
    assert all(400 <= status < 600 for status in STATUS.values())


def test_every_constraint_that_means_a_failure_exists(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url) as connection:
        names = {
            name
            for (name,) in connection.execute(
                "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
            )
        }

    assert len(DomainError.by_constraint) >= 3
    assert set(DomainError.by_constraint) - names == set()
