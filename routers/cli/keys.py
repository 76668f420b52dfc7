"""`grassroots keys`: the files that sign, encrypt and recognise."""

from pathlib import Path
from typing import Annotated

import typer

from service.core.crypto import create_keys

app = typer.Typer(help="Keys of this deployment.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def create(directory: Annotated[Path, typer.Option(help="Folder, made with mode 0700.")]) -> None:
    """Make the keys that are missing; existing ones stay. Back them up apart from the database."""
    made = create_keys(directory)
    print(f"{directory}: {', '.join(made) if made else 'nothing was missing'}")
