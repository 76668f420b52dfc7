"""`grassroots openapi`: print or write the OpenAPI document (`schemas/openapi.json`)."""

import json
from pathlib import Path
from typing import Annotated

import typer

from routers.app import document

COMMITTED = Path(__file__).parent.parent.parent / "schemas" / "openapi.json"


def render_document() -> str:
    """Return the document as it is committed: indented, with sorted keys."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def openapi(
    write: Annotated[bool, typer.Option("--write", help="Write schemas/openapi.json instead of printing.")] = False,
) -> None:
    """Print the OpenAPI document, or write it to schemas/openapi.json."""
    if write:
        COMMITTED.write_text(render_document())
        print(f"{COMMITTED.name}: written")
    else:
        print(render_document(), end="")
