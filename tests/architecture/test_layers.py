"""The rules of the house that a test can hold (CONTRIBUTING): imports, transactions, status codes, the clock."""

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
def test_the_file_of_each_rule_exists_and_has_a_docstring(path: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / path).read_text()))


def test_schemas_are_pure() -> None:
    seen = {source.path: {name.split(".")[0] for name in imported(source)} for source in sources("schemas")}

    assert len(seen) > 10
    assert {path: names & IMPURE for path, names in seen.items() if names & IMPURE} == {}


def test_a_transaction_begins_and_ends_in_one_place_only() -> None:
    ends = {
        source.path
        for source in OURS
        for call in calls(source)
        if call.rsplit(".", 1)[-1] in {"commit", "begin", "begin_nested", "rollback"}
    }

    assert ends == {"service/foundation/db.py"}


def test_only_dependencies_loops_and_commands_open_transactions() -> None:
    opens = {source.path for source in OURS for call in calls(source) if call in {"db.transaction", "transaction"}}
    theirs = ("routers/deps.py", "routers/cli/", "service/operations/worker/")

    assert "routers/deps.py" in opens
    assert {path for path in opens if not path.startswith(theirs) and not path.endswith(("_cli.py", "/jobs.py"))} == {
        "service/operations/database/epochs.py",  # opens the next epoch as the owner
        "service/operations/imports/running.py",  # merges in restartable steps
        "service/operations/imports/targets/divisions/run.py",  # merges in restartable chunks
        "service/outward/webhooks/delivery_runs.py",  # the delivery runs of the worker
    }


def test_status_codes_of_failures_stand_in_one_table() -> None:
    # commands read the status of a response; everything else takes it from the table
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
def test_status_code_of_a_failure_is_recognised(statement: str) -> None:
    source = Source("routers/example.py", statement, ast.parse(statement))

    assert list(failing_statuses(source)) != []


def test_other_numbers_are_no_status_codes() -> None:
    statements = "BATCH = 500\nfield(max_length=500)\nshort = path[:500]\nstatus = 200\ncount = limit + 400"

    assert list(failing_statuses(Source("routers/example.py", statements, ast.parse(statements)))) == []


def failing_statuses(source: Source) -> Iterator[ast.expr]:
    """Where a status from 400 to 599 is given: an argument, an assignment, a comparison, a key of `responses`.

    In `service/` and `schemas/` numbers in calls have other meanings; there only what is named a status counts.
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


def test_http_exceptions_stay_where_http_is_spoken() -> None:
    raised = {source.path for source in OURS if any("HTTPException" in call for call in calls(source))}
    known = {source.path for source in OURS if any(name.endswith("HTTPException") for name in imported(source))}

    assert len(OURS) > 100
    assert raised == set(), "raise a domain error; routers/errors.py knows its status"
    assert known == {
        "routers/errors.py",
        "routers/solving/problems_pages.py",
    }  # the page turns a broken form into a page


def test_only_the_clock_reads_the_clock() -> None:
    reads = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    found = {source.path for source in OURS for call in calls(source) if call.endswith(reads)}

    # the tour acts as a phone with a clock of its own
    assert {path for path in found if not path.startswith("routers/cli/tour")} == {"service/foundation/clock.py"}


def test_sources_are_read() -> None:
    folders = {source.path.partition("/")[0] for source in OURS}

    assert folders == {"routers", "service", "schemas"}
    assert len(OURS) > 300


def test_every_file_of_tables_is_known_to_alembic() -> None:
    files = {source.path for source in sources("service") if source.path.endswith("/tables.py")} - {"service/tables.py"}
    known = {record.table.__module__.replace(".", "/") + ".py" for record in DOMAINS.records.values()}

    assert len(files) > 6
    assert files == known
