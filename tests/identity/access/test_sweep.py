"""The permission sweep is complete: every route and every id parameter has a case.

The sweep itself runs in `sweep/test_*.py`, one file for some floors. It asks every route as every role for four
organisations over HTTP. The answers are recorded in `answers/<floor>.md`, for an auditor to read. After an intended
change, write them again with `GRASSROOTS_WRITE_ANSWERS=1 ./dev test tests/identity/access/sweep`. With
`GRASSROOTS_SWEEP_ONLY=/v1/visits` only the routes that contain this text are asked and written.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from routers.app import document
from routers.identity.access_cli import COMMITTED, permissions_markdown
from tests.architecture.test_routes import PUBLIC, routes
from tests.identity.access.sweep.calls import FORBIDDEN, LET_IN, NOT_FOUND, NOT_SIGNED_IN
from tests.identity.access.sweep.cases import CASES
from tests.identity.access.sweep.check import ANSWERS, ONLY, SWEPT, cases_of
from tests.identity.access.sweep.county import NO_POSTING, NOBODY, SYSTEM


def test_every_route_has_a_case() -> None:
    swept = {case.route for case in CASES}
    existing = {f"{method} {path}" for method, path in routes().keys() - PUBLIC}

    missing, obsolete = sorted(existing - swept), sorted(swept - existing)
    assert missing == [], "add a Case for each of these routes to the sweep_cases.py of its domain"
    assert obsolete == [], "these cases name routes that do not exist"
    assert len({case.name for case in CASES}) == len(CASES), "give one of the cases with the same name a note"


def test_every_id_parameter_has_a_case_with_a_foreign_id() -> None:
    parameters: dict[str, set[str]] = {}
    for case in CASES:
        parameters.setdefault(case.route, set()).update(case.query, case.body or {})

    positions = {route: names for route, names in id_parameters() if route in parameters}
    missing = {route: names - parameters[route] for route, names in positions.items() if names - parameters[route]}
    assert missing == {}, "add a Case with a foreign id in each of these parameters"
    assert sum(len(names) for names in positions.values()) > 20


def id_parameters() -> Iterator[tuple[str, set[str]]]:
    """Each route with the names of the ids in its query and body. Ids in paths are always foreign."""
    openapi = document()
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            query = {item["name"]: item["schema"] for item in operation.get("parameters", []) if item["in"] == "query"}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = {**query, **_properties(openapi, body)}
            yield f"{method.upper()} {path}", {name for name, schema in fields.items() if '"uuid"' in _text(schema)}


def _properties(openapi: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in (schema, *schema.get("anyOf", [])):
        if "$ref" in option:
            component = openapi["components"]["schemas"][option["$ref"].rsplit("/", 1)[1]]
            properties: dict[str, Any] = component.get("properties", {})
            return properties
    return {}


def _text(schema: dict[str, Any]) -> str:
    return str(schema).replace("'", '"')


def test_every_case_belongs_to_one_test_file() -> None:
    swept_floors = [floor for floors in SWEPT for floor in floors]
    files = sorted(path.name for path in (Path(__file__).parent / "sweep").glob("test_*.py"))

    assert len(swept_floors) == len(set(swept_floors))
    assert len(files) == len(SWEPT)
    cases = [case for case in CASES if ONLY is None or ONLY in case.route]
    assert sum(len(cases_of(floor)) for floor in swept_floors) == len(cases)


def test_committed_table_of_permissions_is_current() -> None:
    assert COMMITTED.read_text() == permissions_markdown(), (
        "the permissions changed: run `grassroots permissions --write`"
    )


def test_recorded_answers_contain_every_sign_and_actor_kind() -> None:
    files = {path.stem: path.read_text() for path in ANSWERS.glob("*.md")}

    assert set(files) == {floor for floors in SWEPT for floor in floors}
    for text in files.values():
        assert all(sign in text.split("\n## ")[0] for sign in (LET_IN, NOT_FOUND, FORBIDDEN, NOT_SIGNED_IN))
        assert all(actor in text for actor in (NO_POSTING, SYSTEM, NOBODY))
