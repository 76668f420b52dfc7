"""Architecture rules (CONTRIBUTING): imports, transactions, status codes, the clock."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from service.domains import DOMAINS
from tests.architecture.source import ROOT, Source, calls, imported, sources

OURS = (*sources("routers"), *sources("service"), *sources("schemas"))
IMPURE = {"sqlalchemy", "sqlmodel", "fastapi", "starlette", "pydantic_settings", "psycopg", "service", "routers"}
RULE_FILES = [
    "routers/deps.py",
    "routers/guard.py",
    "routers/errors.py",
    "service/identity/access/permissions.py",
    "service/identity/access/roles.py",
    "service/identity/access/scope.py",
    "service/fieldwork/visits/rules.py",
    "service/domains.py",
    "service/foundation/manifest/manifest.py",
    "schemas/events/__init__.py",
    "service/foundation/settings.py",
    "service/foundation/geo.py",
    "service/foundation/clock.py",
    "service/tables.py",
]


@pytest.mark.parametrize("path", RULE_FILES)
def test_every_rule_file_exists_and_has_a_docstring(path: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / path).read_text()))


def test_schemas_import_no_database_and_no_framework() -> None:
    imports = {source.path: {name.split(".")[0] for name in imported(source)} for source in sources("schemas")}

    assert len(imports) > 10
    assert {path: names & IMPURE for path, names in imports.items() if names & IMPURE} == {}


def test_only_db_begins_and_ends_transactions() -> None:
    ends = {
        source.path
        for source in OURS
        for call in calls(source)
        if call.rsplit(".", 1)[-1] in {"commit", "begin", "begin_nested", "rollback"}
    }

    assert ends == {"service/foundation/db.py"}


def test_only_dependencies_worker_and_commands_open_transactions() -> None:
    opening = {source.path for source in OURS for call in calls(source) if call in {"db.transaction", "transaction"}}
    allowed = ("routers/deps.py", "routers/cli/", "service/operations/worker/")

    assert "routers/deps.py" in opening
    assert {
        path for path in opening if not path.startswith(allowed) and not path.endswith(("_cli.py", "/jobs.py"))
    } == {
        "service/operations/database/epochs.py",  # opens the next epoch with the owner role
        "service/operations/imports/running.py",  # merges in restartable steps
        "service/operations/imports/targets/divisions/run.py",  # merges in restartable chunks
        "service/outward/webhooks/delivery_runs.py",  # delivery runs of the worker
    }


def test_status_codes_of_errors_are_in_one_file() -> None:
    # commands check the status of a response; all other code uses the table
    statuses = {source.path for source in OURS for _ in failing_statuses(source)}

    assert "routers/errors.py" in statuses
    assert {path for path in statuses if not path.startswith("routers/cli/")} == {"routers/errors.py"}


@pytest.mark.parametrize(
    "statement",
    [
        "response.status_code = 404",
        "status = 500",
        "response = JSONResponse(body, 409)",
        "response = refused(request, 400, error)",
        "response = page(status=429)",
        "responses = {503: {}}",
        "is_gone = answer.status_code == 410",
        "is_failure = status >= 400",
        "status = 200 if is_ready else 503",
        "response.status_code = HTTPStatus.NOT_FOUND",
        "raise HTTPException(status.HTTP_404_NOT_FOUND)",
    ],
)
def test_status_code_of_an_error_is_detected(statement: str) -> None:
    source = Source("routers/example.py", statement, ast.parse(statement))

    assert list(failing_statuses(source)) != []


def test_other_numbers_are_not_detected_as_status_codes() -> None:
    statements = "BATCH = 500\nfield(max_length=500)\nshort = path[:500]\nstatus = 200\ncount = limit + 400"

    assert list(failing_statuses(Source("routers/example.py", statements, ast.parse(statements)))) == []


def failing_statuses(source: Source) -> Iterator[ast.expr]:
    """Yield where a status from 400 to 599 is used: argument, assignment, comparison, key of a dict.

    In `service/` and `schemas/` numbers in calls have other meanings; there only names with `status` count.
    """
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="HTTPStatus"), attr=name) if HTTPStatus[name] >= 400:
                yield node
            case ast.Attribute(attr=name) if re.match("HTTP_[45]", name):
                yield node
            case ast.keyword(arg=str(name), value=value) if "status" in name:
                yield from _failing_numbers(value)
            case ast.Assign(targets=[target], value=value) if "status" in ast.unparse(target).lower():
                yield from _failing_numbers(value)
            case ast.Compare() if source.path.startswith("routers/") and "status" in ast.unparse(node):
                yield from _failing_numbers(node)
            case ast.Dict(keys=keys) if source.path.startswith("routers/"):
                yield from (key for key in keys if key and _is_failing(key))
            case ast.Call(args=arguments) if source.path.startswith("routers/"):
                yield from (argument for argument in arguments if _is_failing(argument))


def _failing_numbers(tree: ast.AST) -> Iterator[ast.expr]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.expr) and _is_failing(node))


def _is_failing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 400 <= node.value < 600


def test_http_exceptions_are_used_only_in_error_handling() -> None:
    raised = {source.path for source in OURS if any("HTTPException" in call for call in calls(source))}
    importing = {source.path for source in OURS if any(name.endswith("HTTPException") for name in imported(source))}

    assert len(OURS) > 100
    assert raised == set(), "raise a domain error; routers/errors.py knows its status"
    assert importing == {
        "routers/errors.py",
        "routers/solving/problems_pages.py",
    }  # shows a broken form as a page


def test_only_the_clock_reads_the_system_time() -> None:
    reads = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    reading = {source.path for source in OURS for call in calls(source) if call.endswith(reads)}

    # the tour acts as a phone with its own clock
    assert {path for path in reading if not path.startswith("routers/cli/tour")} == {"service/foundation/clock.py"}


def test_sources_of_all_trees_are_loaded() -> None:
    folders = {source.path.partition("/")[0] for source in OURS}

    assert folders == {"routers", "service", "schemas"}
    assert len(OURS) > 300


def test_every_tables_file_is_known_to_alembic() -> None:
    files = {source.path for source in sources("service") if source.path.endswith("/tables.py")} - {"service/tables.py"}
    modules = {record.table.__module__.replace(".", "/") + ".py" for record in DOMAINS.records.values()}

    assert len(files) > 6
    assert files == modules
