"""`grassroots …`: the command line. The commands of a domain are in its floor (`*_cli.py`).

The module of a command is imported when the command is called, so that `serve` loads no other command. All tables are
imported, because some commands (`keys rotate`, `inventory`) read the metadata.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

import service.tables  # noqa: F401 - registers all tables: see above

COMMANDS = {
    "serve": "routers.cli.serve:serve",
    "worker": "routers.cli.serve:worker",
    "doctor": "routers.operations.doctor_cli:doctor",
    "migrate": "routers.operations.database_cli:migrate",
    "backup": "routers.operations.database_cli:backup",
    "restore": "routers.operations.database_cli:restore",
    "audit": "routers.identity.access_log_cli:app",
    "database": "routers.operations.database_cli:app",
    "keys": "routers.foundation.keys_cli:app",
    "import": "routers.operations.imports_cli:app",
    "people": "routers.identity.people_cli:app",
    "inbox": "routers.outward.inbox_cli:app",
    "chains": "routers.foundation.chains_cli:app",
    "consequences": "routers.operations.worker_cli:consequences",
    "events": "routers.foundation.events_cli:events",
    "permissions": "routers.identity.access_cli:permissions",
    "presence": "routers.fieldwork.visits_cli:presence",
    "rules": "routers.identity.local_rules_cli:rules",
    "inventory": "routers.operations.privacy_cli:inventory",
    "openapi": "routers.cli.openapi:openapi",
    "demo": "routers.cli.demo:demo",
    "tour": "routers.cli.tour:tour",
    "verify": "routers.judgement.assessments_cli:verify",
}
"""Command → `module:name` of a function or of a group of commands."""


class Commands(TyperGroup):
    """The commands by name; each is imported when it is called."""

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Return the command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        target = getattr(import_module(module), attribute)
        if isinstance(target, typer.Typer):
            return typer.main.get_group(target)
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(cmd_name)(target)
        return typer.main.get_command(single)


cli = typer.Typer(
    name="grassroots",
    cls=Commands,
    help="基层后台：走访、民情、报到与考核依据 · Grassroots, the backend for work among the people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@cli.callback()
def _group() -> None:
    pass


def main() -> None:
    """Run the command line."""
    cli()
