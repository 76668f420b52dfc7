"""Every domain error has a unique code and a sentence with the same facts in both languages."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import psycopg
import pytest

import service
from routers.errors import PROTOCOL_ERRORS, STATUS, ProtocolError
from service.foundation.errors import DomainError, Kind
from service.foundation.settings import Settings

for module in pkgutil.walk_packages(service.__path__, "service."):
    importlib.import_module(module.name)


def subclasses(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


FAILURES = [
    error for error in subclasses(DomainError) if error.__module__.startswith("service.") and hasattr(error, "code")
]


def fields(sentence: str) -> set[str]:
    """Return the names of the facts in a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_domain_error_has_the_same_facts_in_both_languages(failure: type[DomainError]) -> None:
    facts = dict.fromkeys(fields(failure.zh), "7")

    assert fields(failure.zh) == fields(failure.en)
    assert failure.zh.format(**facts) != failure.en.format(**facts)
    assert failure.__doc__


def test_every_domain_error_has_a_unique_code() -> None:
    codes = [failure.code for failure in FAILURES]
    without_code = [
        error for error in subclasses(DomainError) if not hasattr(error, "code") and not error.__subclasses__()
    ]

    assert len(codes) > 20
    assert without_code == []
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("error", PROTOCOL_ERRORS, ids=lambda error: error.code)
def test_protocol_error_has_the_same_facts_in_both_languages(error: ProtocolError) -> None:
    assert fields(error.zh) == fields(error.en)
    assert error.zh != error.en
    assert 400 <= error.status < 600


def test_every_protocol_error_has_a_unique_code() -> None:
    codes = [error.code for error in PROTOCOL_ERRORS]

    assert len(codes) > 10
    assert len(codes) == len(set(codes))


def test_facts_of_domain_errors_are_values() -> None:
    """A fact that was joined to a text would be in one language only."""
    names = {failure.__name__ for failure in FAILURES} - {"CorrectionDecided", "DeviceRevoked"}  # also names of events
    flattened = [
        f"{path.name}:{call.lineno}"
        for path in Path(service.__path__[0]).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in names
        for fact in call.keywords
        if is_flattened(fact.value)
    ]

    assert flattened == []


def is_flattened(fact: ast.expr) -> bool:
    """Return whether an expression is `state.value`, `at.isoformat()` or `", ".join(…)`."""
    called = fact.func if isinstance(fact, ast.Call) else fact
    return isinstance(called, ast.Attribute) and called.attr in {"value", "isoformat", "join"}


def test_every_error_kind_has_a_status() -> None:
    assert set(STATUS) == set(Kind)
    assert all(400 <= status < 600 for status in STATUS.values())


def test_every_constraint_of_a_domain_error_exists(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url) as connection:
        names = {
            name
            for (name,) in connection.execute(
                "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
            )
        }

    assert len(DomainError.by_constraint) >= 3
    assert set(DomainError.by_constraint) - names == set()
