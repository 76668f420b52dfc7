"""The document of the API is the one that is committed, and it keeps what it promised."""

import json
from pathlib import Path

from routers.app import create_app, document
from routers.cli.openapi import COMMITTED, rendered
from routers.deps import Resources
from tests.architecture.additive import breaks

PROMISED = Path(__file__).parent / "openapi-promised.json"
"""The document as clients have been told to rely on it.

To break it knowingly: say why in DECISIONS.md, tell the clients, then copy `schemas/openapi.json` over this file in
the same commit, so that the reviewer sees what breaks. To promise what was merely added, copy it likewise.
"""


def test_the_committed_document_is_the_apps() -> None:
    assert COMMITTED.exists(), "run `grassroots openapi --write`"
    assert COMMITTED.read_text() == rendered(), "the API has changed: run `grassroots openapi --write`"


def test_nothing_promised_is_broken() -> None:
    promised = json.loads(PROMISED.read_text())

    assert len(promised["paths"]) > 20
    assert breaks(promised, document()) == [], "a client of yesterday would stumble; see openapi-promised.json above"


def test_the_running_app_serves_the_same_document(resources: Resources) -> None:
    assert create_app(resources).openapi() == document()
