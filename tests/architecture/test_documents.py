"""Paths, decisions and settings that the documents and the source name exist."""

import re
from pathlib import Path

import pytest

from service.foundation.settings import Settings
from tests.architecture.source import ROOT, sources

DOCUMENTS = ("README.md", "README.zh.md", "CONTRIBUTING.md", "DECISIONS.md")
PATH = re.compile(r"`((?:service|routers|schemas|tests|alembic)/[\w./]+)`")
TITLE = re.compile(r'DECISIONS "([^"]+)"')
SETTING = re.compile(r"\bGRASSROOTS_([A-Z_]+)\b")
EXAMPLE = "meeting_rooms"
"""The new domain of CONTRIBUTING's example, which exists in the copy of its own test only."""
OF_TOOLS = {"DATA", "FUZZ_EXAMPLES", "WRITE_ANSWERS", "SWEEP_ONLY"}
"""Variables of `./dev` and of the tests, which are no settings of the service."""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_named_in_document_exist(document: str) -> None:
    paths = {path for path in PATH.findall((ROOT / document).read_text()) if EXAMPLE not in path}

    assert paths or document == "README.zh.md"
    assert {path for path in paths if not Path(ROOT, path).exists()} == set()


def test_settings_named_in_documents_exist() -> None:
    names = {name for document in DOCUMENTS for name in SETTING.findall((ROOT / document).read_text())} - OF_TOOLS

    assert len(names) > 5
    assert {name for name in names if name.lower() not in Settings.model_fields} == set()


def test_decisions_quoted_in_source_exist() -> None:
    titles = set(re.findall(r"^### (.+)$", (ROOT / "DECISIONS.md").read_text(), re.MULTILINE))
    quoted = {
        title for folder in ("service", "routers") for file in sources(folder) for title in TITLE.findall(file.text)
    }

    assert quoted
    assert quoted <= titles
