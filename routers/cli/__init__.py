"""`grassroots …`: the command line, one more way of asking. One file per domain."""

import typer

from routers.cli import demo, openapi, serve
from routers.cli.tour import tour
from routers.fieldwork import visits_cli as presence
from routers.foundation import chains_cli
from routers.foundation import events_cli as events
from routers.foundation import keys_cli as keys
from routers.identity import access_cli as permissions
from routers.identity import access_log_cli as audit
from routers.identity import divisions_cli as imports
from routers.identity import local_rules_cli as rules
from routers.identity import people_cli as people
from routers.judgement import assessments_cli as verify
from routers.operations import database_cli as database
from routers.operations import doctor_cli as doctor
from routers.operations import imports_cli as file_imports
from routers.operations import privacy_cli as inventory
from routers.operations import worker_cli as consequences
from routers.outward import inbox_cli as inbox

cli = typer.Typer(
    name="grassroots",
    help="基层后台：走访、民情、报到与考核依据 · Grassroots, the backend for work among the people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.command("serve")(serve.serve)
cli.command("worker")(serve.worker)
cli.command("doctor")(doctor.doctor)
cli.command("migrate")(database.migrate)
cli.command("backup")(database.backup)
cli.command("restore")(database.restore)
cli.add_typer(audit.app, name="audit")
cli.add_typer(database.app, name="database")
cli.add_typer(keys.app, name="keys")
file_imports.add_commands(imports.app)
cli.add_typer(imports.app, name="import")
cli.add_typer(people.app, name="people")
cli.add_typer(inbox.app, name="inbox")
cli.add_typer(chains_cli.app, name="chains")
cli.command("consequences")(consequences.consequences)
cli.command("events")(events.events)
cli.command("permissions")(permissions.permissions)
cli.command("presence")(presence.presence)
cli.command("rules")(rules.rules)
cli.command("inventory")(inventory.inventory)
cli.command("openapi")(openapi.openapi)
cli.command("demo")(demo.demo)
cli.command("tour")(tour)
cli.command("verify")(verify.verify)


def main() -> None:
    """The entry point."""
    cli()
