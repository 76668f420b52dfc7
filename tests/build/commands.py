"""Run `grassroots` commands inside the test process, because starting Python takes seconds.

A test about the process itself (signals, exit of a server) starts a real one with PROCESS.
"""

import os
import sys
import threading
import traceback
from subprocess import CompletedProcess
from unittest import mock

from click.testing import Result
from typer.testing import CliRunner

from routers.cli import cli
from service.foundation.settings import Settings, settings

PROCESS = (sys.executable, "-c", "from routers.cli import main; main()")
AT_MOST_S = 60


def variables_of(values: Settings) -> dict[str, str]:
    """Return the environment variables for this database and these keys."""
    return {
        "DATABASE_URL": values.database_url,
        "OWNER_DATABASE_URL": values.owner_database_url,
        "AUDITOR_DATABASE_URL": values.auditor_database_url,
        "GRASSROOTS_KEYS_DIRECTORY": str(values.keys_directory),
    }


def clean_environment() -> dict[str, str]:
    """Return the environment of this process without settings of the project."""
    prefixes = ("GRASSROOTS", "DATABASE_URL", "OWNER_DATABASE_URL", "AUDITOR_DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def run_command(*words: str, **variables: str) -> CompletedProcess[str]:
    """Run a command with only these settings, in its own thread so that it can start an event loop."""
    results: list[Result] = []
    environment = clean_environment() | variables
    with mock.patch.dict(os.environ, environment, clear=True):
        settings.cache_clear()
        thread = threading.Thread(target=lambda: results.append(CliRunner().invoke(cli, words)), daemon=True)
        thread.start()
        thread.join(AT_MOST_S)
    settings.cache_clear()
    assert results, f"grassroots {' '.join(words)} did not end within {AT_MOST_S} s"
    (result,) = results
    crash = "" if result.exc_info is None or isinstance(result.exception, SystemExit | None) else _crash(result)
    return CompletedProcess(words, result.exit_code, result.stdout, result.stderr + crash)


def _crash(result: Result) -> str:
    return "".join(traceback.format_exception(result.exception))
