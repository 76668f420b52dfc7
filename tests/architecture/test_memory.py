"""The API process imports no heavy module that only commands, the worker or rare requests need."""

import subprocess
import sys

from tests.conftest import ROOT

HEAVY = {
    "openpyxl": "reads workbooks: the worker, 20 MB with numpy",
    "numpy": "comes with openpyxl",
    "pypinyin": "makes the search text of a new place's name, 55 MB",
    "procrastinate": "the job queue: the worker",
    "alembic": "migrations: a command",
    "typer": "the command line",
    "uvicorn": "the server imports the API, not the other way round",
}
"""Module → why the API does not import it."""
PROGRAM = "import sys, routers.app; routers.app.document(); print(*sys.modules)"


DOMAINS = "import sys, service.domains; print(*sys.modules)"
READ_FILES = {"openpyxl", "numpy", "pypinyin"}


def test_importing_domains_loads_no_module_for_files_or_names() -> None:
    process = subprocess.run([sys.executable, "-c", DOMAINS], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(process.stdout.split())
    assert "service.operations.imports.actions" in loaded
    assert READ_FILES & loaded == set(), "import these where a file is read or a name is spelled"


def test_importing_the_api_loads_no_heavy_module() -> None:
    process = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(process.stdout.split())
    assert "routers.app" in loaded
    assert HEAVY.keys() & loaded == set(), "import these where they are used"
