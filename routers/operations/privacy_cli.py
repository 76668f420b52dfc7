"""`grassroots inventory`: the data inventory as Markdown, generated from the manifests."""

from typing import Annotated

import typer

from service.domains import DOMAINS
from service.foundation.settings import settings
from service.operations.privacy import sheets
from service.operations.privacy.retention import RetentionPolicy


def inventory(
    assessment: Annotated[
        bool, typer.Option("--assessment", help="Print the impact-assessment sheet instead.")
    ] = False,
) -> None:
    """Print the data inventory, or the impact-assessment sheet (PIPL 55, 56)."""
    policy = RetentionPolicy(DOMAINS.retention, settings())
    for line in (sheets.assessment if assessment else sheets.inventory)(DOMAINS.records, policy):
        print(line)
