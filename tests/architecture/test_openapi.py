"""The committed OpenAPI document is up to date and compatible with the last release.

The released document is that of the last git tag. For an intended breaking change: give the reason in DECISIONS.md,
inform the clients, and raise the major version. Its tag is then the new reference.
"""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from routers.app import create_app, document
from routers.cli.openapi import COMMITTED, render_document
from routers.deps import Resources
from tests.build.npm import install
from tests.conftest import ROOT

DIFF = Path(__file__).parent / "openapi_diff"
FIELD: dict[str, Any] = {"type": "string"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "paths": {
        "/visits": {
            "put": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                "responses": {
                    "200": {
                        "description": "Done",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "In": {"type": "object", "required": ["name"], "properties": {"name": FIELD, "note": FIELD}},
            "Out": {"type": "object", "required": ["id", "name"], "properties": {"id": FIELD, "name": FIELD}},
        }
    },
}


def test_committed_document_is_up_to_date() -> None:
    assert COMMITTED.exists(), "run `grassroots openapi --write`"
    assert COMMITTED.read_text() == render_document(), "the API has changed: run `grassroots openapi --write`"


def test_running_app_serves_the_same_document(resources: Resources) -> None:
    assert create_app(resources).openapi() == document()


def test_document_is_compatible_with_the_last_tag(tmp_path: Path) -> None:
    tag = git("describe", "--tags", "--abbrev=0").strip()
    if not tag:
        print("no tag yet, so there is no released document")  # noqa: T201 - visible with `pytest -s`
        return
    released = json.loads(git("show", f"{tag}:{COMMITTED.relative_to(ROOT)}"))

    assert breaking_changes(released, document(), tmp_path) == [], (
        f"a client of {tag} would fail; see the docstring of this file"
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("a removed path", "remove paths /visits put"),
        ("a removed response field", "remove paths /visits put responses 200 content application/json schema"),
        ("a newly required field", "add paths /visits put requestBody content application/json schema required"),
    ],
)
def test_breaking_change_is_detected(change: str, line: str, tmp_path: Path) -> None:
    after = deepcopy(DOCUMENT)
    schemas = after["components"]["schemas"]
    if change == "a removed path":
        del after["paths"]["/visits"]
    elif change == "a removed response field":
        schemas["Out"] |= {"required": ["id"], "properties": {"id": FIELD}}
    else:
        schemas["In"]["required"] = ["name", "note"]

    changes = breaking_changes(DOCUMENT, after, tmp_path)

    assert any(change_line.startswith(line) for change_line in changes), changes


def test_addition_is_no_breaking_change(tmp_path: Path) -> None:
    after = deepcopy(DOCUMENT)
    after["paths"]["/places"] = {"get": {"responses": {"200": {"description": "All"}}}}
    after["components"]["schemas"]["In"]["properties"]["more"] = FIELD
    after["components"]["schemas"]["Out"]["properties"]["more"] = FIELD

    assert breaking_changes(DOCUMENT, after, tmp_path) == []


def breaking_changes(before: dict[str, Any], after: dict[str, Any], folder: Path) -> list[str]:
    """Return the breaking changes as `action place`, computed by api-smart-diff."""
    files = [folder / "before.json", folder / "after.json"]
    for file, content in zip(files, (before, after), strict=True):
        file.write_text(json.dumps(content))
    command = ["node", "breaks.mjs", *map(str, files)]
    process = subprocess.run(command, cwd=install(DIFF, "breaks.mjs"), capture_output=True, text=True, check=True)
    return process.stdout.splitlines()


def git(*words: str) -> str:
    """Return the output of git; empty when it fails, for example without a tag or a repository."""
    process = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return process.stdout if process.returncode == 0 else ""
