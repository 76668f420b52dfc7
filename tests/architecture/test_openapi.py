"""The committed OpenAPI document is the one of the app, and it breaks no client of the last release.

What was released is the document of the last git tag. To break it knowingly: say why in DECISIONS.md and tell the
clients; then raise the major version, whose tag is the new promise.
"""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from routers.app import create_app, document
from routers.cli.openapi import COMMITTED, rendered
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


def test_the_committed_document_is_the_apps() -> None:
    assert COMMITTED.exists(), "run `grassroots openapi --write`"
    assert COMMITTED.read_text() == rendered(), "the API has changed: run `grassroots openapi --write`"


def test_the_running_app_serves_the_same_document(resources: Resources) -> None:
    assert create_app(resources).openapi() == document()


def test_the_document_breaks_no_client_of_the_last_tag(tmp_path: Path) -> None:
    tag = git("describe", "--tags", "--abbrev=0").strip()
    if not tag:
        print("no tag yet: nothing was promised to clients")  # noqa: T201 - said where `pytest -s` shows it
        return
    released = json.loads(git("show", f"{tag}:{COMMITTED.relative_to(ROOT)}"))

    assert breaking_changes(released, document(), tmp_path) == [], f"a client of {tag} would fail; see the head"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("a removed path", "remove paths /visits put"),
        ("a removed answer field", "remove paths /visits put responses 200 content application/json schema"),
        ("a newly required field", "add paths /visits put requestBody content application/json schema required"),
    ],
)
def test_a_breaking_change_is_found(change: str, line: str, tmp_path: Path) -> None:
    after = deepcopy(DOCUMENT)
    schemas = after["components"]["schemas"]
    if change == "a removed path":
        del after["paths"]["/visits"]
    elif change == "a removed answer field":
        schemas["Out"] |= {"required": ["id"], "properties": {"id": FIELD}}
    else:
        schemas["In"]["required"] = ["name", "note"]

    found = breaking_changes(DOCUMENT, after, tmp_path)

    assert any(one.startswith(line) for one in found), found


def test_an_addition_breaks_nothing(tmp_path: Path) -> None:
    after = deepcopy(DOCUMENT)
    after["paths"]["/places"] = {"get": {"responses": {"200": {"description": "All"}}}}
    after["components"]["schemas"]["In"]["properties"]["more"] = FIELD
    after["components"]["schemas"]["Out"]["properties"]["more"] = FIELD

    assert breaking_changes(DOCUMENT, after, tmp_path) == []


def breaking_changes(before: dict[str, Any], after: dict[str, Any], folder: Path) -> list[str]:
    """Each as `action place`, found by api-smart-diff."""
    files = [folder / "before.json", folder / "after.json"]
    for file, content in zip(files, (before, after), strict=True):
        file.write_text(json.dumps(content))
    command = ["node", "breaks.mjs", *map(str, files)]
    done = subprocess.run(command, cwd=install(DIFF, "breaks.mjs"), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def git(*words: str) -> str:
    """What git says; nothing where it fails, as it does without a tag or without a repository."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""
