"""The source of the project as syntax trees, for the tests of this folder."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the root of the project."""

    path: str
    text: str
    tree: ast.Module


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """Return all Python files below a folder."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return tuple(_source(path) for path in files)


def _source(path: Path) -> Source:
    text = path.read_text()
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def imported(source: Source) -> Iterator[str]:
    """Yield the full names of the modules and members that a file imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(source: Source) -> Iterator[str]:
    """Yield the called functions of a file as written: `session.commit`, `datetime.now`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
