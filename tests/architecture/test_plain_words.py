"""A reminder to write plain English: a short list of words that readers had to look up or read twice.

The project is read by engineers who learnt English at work. Each word here stood in many places for something that
has a usual name. The list is short on purpose: it reminds the author of the other rules and does not replace a
review. Add a word only when it has come back several times.
"""

import ast
import re

import pytest

from tests.architecture.source import ROOT, Source, sources

INSTEAD = {
    "whoever": "the person who, or the client that",
    "whom": "who, or repeat the noun",
    "oneself": "name the person",
    "nobody's": "of no person",
    "the own": "the person's own, or their own",
    "lasting columns?": "digest columns",
    "sameness": "request fingerprint",
    "followers?": "outbox relay",
    "timelines?": "epoch",
    "lanes?": "delivery queue of an endpoint, delivery run",
    "mending": "moving and changing organisations",
    "declinations?": "decline",
    "second lock": "row-level security",
    "what hangs": "open references",
    "hunts?": "fuzz run",
    "flaws?": "error, ImportIssue, Discrepancy",
}
"""Word, as a regular expression → what to write."""
LONGEST_TEST_NAME = 80
FOLDERS = ("service", "routers", "schemas", "alembic", "bench", "tests")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "dev")
SOURCES = [
    source
    for folder in FOLDERS
    for source in sources(folder)
    if source.path != "tests/architecture/test_plain_words.py"  # it contains the words
]


def banned_words(text: str) -> list[str]:
    """Return the banned words of a text, in any case, also as parts of names with underscores."""
    words = "|".join(word.replace(" ", r"[\s_]+") for word in INSTEAD)
    return re.findall(rf"(?<![a-z])({words})(?![a-z])", text.lower())


@pytest.mark.parametrize("folder", FOLDERS)
def test_source_contains_no_banned_word(folder: str) -> None:
    words = {
        source.path: sorted({*banned_words(source.text), *banned_words(source.path)})
        for source in SOURCES
        if source.path.startswith(f"{folder}/")
    }

    assert words
    assert {path: banned for path, banned in words.items() if banned} == {}, "see INSTEAD in this file"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_contains_no_banned_word(name: str) -> None:
    assert banned_words((ROOT / name).read_text()) == [], "see INSTEAD in this file"


def test_every_test_name_is_short() -> None:
    names = [name for source in SOURCES for name in names_of_tests(source)]

    assert len(names) > 1000
    assert [name for name in names if len(name) > LONGEST_TEST_NAME] == []


@pytest.mark.parametrize(
    "text", ["Whoever asks", "the flaws of a row", "_Flaw", "test_lanes", "of the own feed", "a lasting\ncolumn"]
)
def test_banned_word_is_detected(text: str) -> None:
    assert banned_words(text) != []


@pytest.mark.parametrize("text", ["planes", "flawless", "own feed", "a follow-up", "a long, lasting effect"])
def test_other_word_passes(text: str) -> None:
    assert banned_words(text) == []


def names_of_tests(source: Source) -> list[str]:
    """Return the names of the tests in a file."""
    return [
        node.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
