"""The inventory: every table and column with class, purpose, ground, term and readers (`grassroots inventory`).

A new table needs an entry here, and every column that can hold free content a class; a test walks the metadata.
"""

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geography

from service.identity.access.permissions import Permission
from service.identity.access.roles import EVERYBODY, ROLES
from service.operations.privacy.inventory import imports, people, record, work
from service.operations.privacy.inventory.kinds import Held, Kind

TABLES: dict[str, Held] = {**people.TABLES, **work.TABLES, **record.TABLES, **imports.TABLES}
OPEN = (sa.String, sa.LargeBinary, sa.JSON, sa.ARRAY, Geography)
"""Types that can hold anything; what has one of them must be classified by hand."""


def is_open(column: sa.Column[Any]) -> bool:
    """Whether its type alone does not say what it holds."""
    if isinstance(column.type, sa.Enum) or column.foreign_keys:
        return False
    return isinstance(column.type, OPEN) and not holds_ids(column)


def holds_ids(column: sa.Column[Any]) -> bool:
    """Whether it is a list of ids."""
    return isinstance(column.type, sa.ARRAY) and isinstance(column.type.item_type, sa.Uuid)


def names_a_person(column: sa.Column[Any]) -> bool:
    """Whether the column says who: a reference to `person`, or an id called like one."""
    if any(key.target_fullname == "person.id" for key in column.foreign_keys):
        return True
    called = column.name in {"person_id", "person_ids", "actor_id", "reader_id"} or column.name.endswith("_by")
    return called and (isinstance(column.type, sa.Uuid) or holds_ids(column))


def kind_of(column: sa.Column[Any]) -> Kind:
    """The class of a column. Raises KeyError for one that is not classified."""
    held = TABLES[column.table.name]
    if column.name in held.columns:
        return held.columns[column.name]
    if is_open(column):
        raise KeyError(f"{column.table.name}.{column.name} is not classified")
    is_self = column.table.name == "person" and column.primary_key
    return Kind.PERSONAL if is_self or names_a_person(column) else Kind.NONE


def readers_of(app_state: Held) -> list[str]:
    """The roles that read the table through the API; `own` for everybody's own records."""
    roles = {role.value for role, granted in ROLES.items() if set(app_state.readers) & granted.keys()}
    return sorted(roles) + (["own"] if _own(app_state.readers) else [])


def _own(permissions: tuple[Permission, ...]) -> bool:
    return any(permission in EVERYBODY for permission in permissions)
