"""Every suppression says why, on its own line."""

import re

import pytest

from tests.architecture.source import sources

SUPPRESSED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)(?P<rest>.*)$")
REASONED = re.compile(r"(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|\[[a-z, -]+\])\s*(-|#)\s*\S.{4,}")


def unreasoned(line: str) -> bool:
    """Whether a line silences a tool without naming the rule and saying why."""
    found = SUPPRESSED.search(line)
    return bool(found) and not REASONED.match(found["rest"].strip() if found else "")


@pytest.mark.parametrize("folder", ["schemas", "service", "routers", "alembic", "tests"])
def test_every_suppression_says_why(folder: str) -> None:
    lines = [
        (f"{source.path}:{number}", line)
        for source in sources(folder)
        if source.path != "tests/architecture/test_suppressions.py"
        for number, line in enumerate(source.text.splitlines(), 1)
    ]

    assert len(lines) > 100
    assert [where for where, line in lines if unreasoned(line)] == []


@pytest.mark.parametrize(
    ("line", "is_bare"),
    [
        ("x = 1", False),
        ("x = f()  # noqa", True),
        ("x = f()  # noqa: S603", True),
        ("x = f()  # noqa: S603 - our own words", False),
        ("x = f()  # type: ignore", True),
        ("x = f()  # type: ignore[arg-type]", True),
        ("x = f()  # type: ignore[arg-type]  # the documented way", False),
    ],
)
def test_a_bare_suppression_would_be_found(line: str, is_bare: bool) -> None:
    assert unreasoned(line) is is_bare
