"""The kinds of import: columns, comparison and merge of each."""

from typing import Any

from schemas.operations.imports import ImportKind
from service.operations.imports.targets import enterprises, organisations, people
from service.operations.imports.targets.target import Target

TARGETS: dict[ImportKind, Target[Any]] = {
    ImportKind.ORGANISATIONS: organisations.TARGET,
    ImportKind.PEOPLE: people.TARGET,
    ImportKind.ENTERPRISES: enterprises.TARGET,
}
