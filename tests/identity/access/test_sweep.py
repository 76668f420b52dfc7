"""Every route × every role × four organisations, over HTTP: let in as the map says, and refused without a trace.

The sweep itself runs in `sweep/test_*.py`, a file for some floors; here is what makes it complete. The answers stand in
`answers/<floor>.md`, for an auditor to read. After a change that is meant, write them anew with
`GRASSROOTS_WRITE_ANSWERS=1 ./dev test tests/identity/access/sweep`; with `GRASSROOTS_SWEEP_ONLY=/v1/visits` only the
routes that contain it are asked and written.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from routers.app import document
from routers.identity.access_cli import COMMITTED, permissions_markdown
from tests.architecture.test_routes import PUBLIC, routes
from tests.identity.access.sweep.calls import FORBIDDEN, IN, NOT_THERE, SIGN_IN
from tests.identity.access.sweep.cases import CASES
from tests.identity.access.sweep.check import ANSWERS, ONLY, SWEPT, cases_of
from tests.identity.access.sweep.county import NO_POSTING, NOBODY, SYSTEM


def test_every_route_has_a_case() -> None:
    known = {case.route for case in CASES}
    request = {f"{method} {path}" for method, path in routes().keys() - PUBLIC}

    missing, gone = sorted(request - known), sorted(known - request)
    assert missing == [], "add a Case for each of these routes to tests/identity/access/sweep/cases.py"
    assert gone == [], "these cases name routes that are no more"
    assert len({case.name for case in CASES}) == len(CASES), "give one of the cases with the same name a note"


def test_every_id_parameter_has_a_case_with_a_foreign_id() -> None:
    request: dict[str, set[str]] = {}
    for case in CASES:
        request.setdefault(case.route, set()).update(case.query, case.body or {})

    positions = {route: names for route, names in ids_asked() if f"{route}" in request}
    missing = {route: names - request[route] for route, names in positions.items() if names - request[route]}
    assert missing == {}, "add a Case that puts another's id into each of these positions"
    assert sum(len(names) for names in positions.values()) > 20


def ids_asked() -> Iterator[tuple[str, set[str]]]:
    """Every route with the names of the ids in its query and body; ids in paths are always asked."""
    shown = document()
    for path, ways in shown["paths"].items():
        for method, operation in ways.items():
            query = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = {**query, **_properties(shown, body)}
            yield f"{method.upper()} {path}", {name for name, schema in fields.items() if '"uuid"' in _text(schema)}


def _properties(shown: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for one in (schema, *schema.get("anyOf", [])):
        if "$ref" in one:
            found: dict[str, Any] = shown["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]].get("properties", {})
            return found
    return {}


def _text(schema: dict[str, Any]) -> str:
    return str(schema).replace("'", '"')


def test_every_case_belongs_to_one_test_file() -> None:
    swept = [floor for floors in SWEPT for floor in floors]
    files = sorted(path.name for path in (Path(__file__).parent / "sweep").glob("test_*.py"))

    assert len(swept) == len(set(swept))
    assert len(files) == len(SWEPT)
    cases = [case for case in CASES if ONLY is None or ONLY in case.route]
    assert sum(len(cases_of(floor)) for floor in swept) == len(cases)


def test_committed_table_of_permissions_is_current() -> None:
    assert COMMITTED.read_text() == permissions_markdown(), "the map has changed: run `grassroots permissions --write`"


def test_recorded_answers_contain_every_sign_and_actor_kind() -> None:
    files = {path.stem: path.read_text() for path in ANSWERS.glob("*.md")}

    assert set(files) == {floor for floors in SWEPT for floor in floors}
    for text in files.values():
        assert all(sign in text.split("\n## ")[0] for sign in (IN, NOT_THERE, FORBIDDEN, SIGN_IN))
        assert all(actor in text for actor in (NO_POSTING, SYSTEM, NOBODY))
