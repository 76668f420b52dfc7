"""`grassroots …`: the command line, one more way of asking. One file per domain."""

import typer

from routers.cli import (
    audit,
    consequences,
    database,
    demo,
    doctor,
    events,
    file_imports,
    imports,
    inbox,
    inventory,
    keys,
    openapi,
    people,
    permissions,
    presence,
    rules,
    seals,
    serve,
    verify,
)
from routers.cli.tour import tour

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
cli.add_typer(seals.app, name="seals")
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
