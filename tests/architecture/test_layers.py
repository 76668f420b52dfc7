"""The rules of the house that a machine can hold (CONTRIBUTING): who may import, commit, answer, and tell the time."""

import ast
from collections.abc import Iterator

import pytest

from service.domains import DOMAINS
from tests.architecture.source import ROOT, Source, calls, imported, sources

OURS = (*sources("routers"), *sources("service"), *sources("schemas"))
IMPURE = {"sqlalchemy", "sqlmodel", "fastapi", "starlette", "pydantic_settings", "psycopg", "service", "routers"}
THE_PLACES = [
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


@pytest.mark.parametrize("path", THE_PLACES)
def test_the_one_place_for_each_rule_is_there_and_says_what_it_holds(path: str) -> None:
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


def test_only_doors_loops_jobs_and_commands_open_transactions() -> None:
    opens = {source.path for source in OURS for call in calls(source) if call in {"db.transaction", "transaction"}}
    theirs = ("routers/deps.py", "routers/cli/", "service/operations/worker/")

    assert "routers/deps.py" in opens
    assert {path for path in opens if not path.startswith(theirs) and not path.endswith(("_cli.py", "/jobs.py"))} == {
        "service/operations/database/epochs.py",  # opens the next epoch as the owner
        "service/operations/imports/targets/divisions/run.py",  # merges in restartable chunks
        "service/outward/webhooks/delivery_runs.py",  # the turns of the worker's lanes
    }


def test_no_status_code_stands_for_a_failure_outside_its_table() -> None:
    # readiness is an answer, not a failure; the middleware translates the framework's; commands read what came back;
    # the shell of the pages says in kind words what the table has decided
    allowed = (
        "routers/errors.py",
        "routers/foundation/health.py",
        "routers/middleware/bodies.py",
        "routers/cli/",
        "routers/pages/shell.py",
    )
    said = [source.path for source in OURS for _ in _failing_statuses(source)]

    assert "routers/errors.py" in said
    assert [path for path in said if not path.startswith(allowed) and not path.endswith("_cli.py")] == []


def _failing_statuses(source: Source) -> Iterator[int]:
    """Numbers from 400 to 599 said as a status: an argument, an assignment, a key of `responses`."""
    for node in ast.walk(source.tree):
        match node:
            case ast.keyword(arg="status_code" | "status", value=value):
                said: list[ast.expr | None] = [value]
            case ast.Assign(targets=[ast.Attribute(attr="status_code") | ast.Name(id="status")], value=value):
                said = list(ast.walk(value))  # type: ignore[arg-type]  # only constants are looked at
            case ast.Dict(keys=keys):
                said = keys
            case ast.Call(func=ast.Name(id="JSONResponse" | "Response" | "problem" | "_said"), args=args):
                said = list(args)
            case _:
                continue
        yield from (
            one.value
            for one in said
            if isinstance(one, ast.Constant) and type(one.value) is int and 400 <= one.value < 600
        )


def test_http_exceptions_stay_where_http_is_spoken() -> None:
    raised = {source.path for source in OURS if any("HTTPException" in call for call in calls(source))}
    known = {source.path for source in OURS if any(name.endswith("HTTPException") for name in imported(source))}

    assert raised == set(), "raise a domain error; routers/errors.py knows its status"
    assert known == {
        "routers/errors.py",
        "routers/solving/problems_pages.py",
    }  # the page turns a broken form into a page


def test_only_the_clock_reads_the_clock() -> None:
    reads = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    found = {source.path for source in OURS for call in calls(source) if call.endswith(reads)}

    # the tour is a phone of its own
    assert {path for path in found if not path.startswith("routers/cli/tour")} == {"service/foundation/clock.py"}


def test_every_file_of_tables_is_known_to_alembic() -> None:
    files = {source.path for source in sources("service") if source.path.endswith("/tables.py")} - {"service/tables.py"}
    known = {record.table.__module__.replace(".", "/") + ".py" for record in DOMAINS.records.values()}

    assert len(files) > 6
    assert files == known
