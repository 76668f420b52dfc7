"""What can be imported: for each kind its columns, how it is compared, and how it is merged."""

from typing import Any

from schemas.operations.imports import ImportKind
from service.operations.imports.targets import enterprises, organisations, people
from service.operations.imports.targets.kinds import Target

TARGETS: dict[ImportKind, Target[Any]] = {
    ImportKind.ORGANISATIONS: organisations.TARGET,
    ImportKind.PEOPLE: people.TARGET,
    ImportKind.ENTERPRISES: enterprises.TARGET,
}
