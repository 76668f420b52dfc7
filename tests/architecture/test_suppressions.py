"""Every suppression of a tool (`noqa`, `type: ignore`) has a reason on its line."""

import re

import pytest

from tests.architecture.source import sources

SUPPRESSED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)(?P<rest>.*)$")
REASONED = re.compile(r"(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|\[[a-z, -]+\])\s*(-|#)\s*\S.{4,}")


def lacks_reason(line: str) -> bool:
    """Return whether a line suppresses a tool without the rule or without a reason."""
    match = SUPPRESSED.search(line)
    return bool(match) and not REASONED.match(match["rest"].strip() if match else "")


@pytest.mark.parametrize("folder", ["schemas", "service", "routers", "alembic", "tests"])
def test_every_suppression_has_a_reason(folder: str) -> None:
    lines = [
        (f"{source.path}:{number}", line)
        for source in sources(folder)
        if source.path != "tests/architecture/test_suppressions.py"
        for number, line in enumerate(source.text.splitlines(), 1)
    ]

    assert len(lines) > 100
    assert [where for where, line in lines if lacks_reason(line)] == []


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
def test_suppression_without_reason_is_detected(line: str, is_bare: bool) -> None:
    assert lacks_reason(line) is is_bare
