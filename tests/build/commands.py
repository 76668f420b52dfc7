"""Calls a command of `grassroots` inside the test process: starting Python for each call takes seconds.

A test about the process itself (signals, a kill, the exit of a server) starts a real one with PROCESS.
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


def variables_of(known: Settings) -> dict[str, str]:
    """The environment variables that lead a command to this database and these keys."""
    return {
        "DATABASE_URL": known.database_url,
        "OWNER_DATABASE_URL": known.owner_database_url,
        "AUDITOR_DATABASE_URL": known.auditor_database_url,
        "GRASSROOTS_KEYS_DIRECTORY": str(known.keys_directory),
    }


def clean_environment() -> dict[str, str]:
    """The environment of this process without any setting of ours."""
    ours = ("GRASSROOTS", "DATABASE_URL", "OWNER_DATABASE_URL", "AUDITOR_DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run_command(*words: str, **variables: str) -> CompletedProcess[str]:
    """Run it with these variables as its only settings; a thread of its own lets it start its own event loop."""
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
