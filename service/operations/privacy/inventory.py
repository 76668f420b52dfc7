"""Rules of the data inventory: the data class of a column, the readers of a table.

The manifest of a domain declares its tables; the `info` of a column declares its data class. A column that can hold
any content must declare one; a test checks all columns.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geography

from service.foundation.columns import DataClass, column_data_class
from service.foundation.manifest.records import TableRecord
from service.identity.access.permissions import EVERYBODY, ROLES

DATA_CLASS_ZH = {
    DataClass.NONE: "非个人信息",
    DataClass.PERSONAL: "个人信息",
    DataClass.SENSITIVE: "敏感个人信息",
    DataClass.FREE_TEXT: "自由文字（可能含个人信息）",
    DataClass.CONTACT: "群众联系方式（加密）",
    DataClass.SECRET: "摘要或密钥",
}
FREE_CONTENT_TYPES = (sa.String, sa.LargeBinary, sa.JSON, sa.ARRAY, Geography)
"""Column types that can hold any content; such a column must declare its data class."""


def must_declare_class(column: sa.Column[Any]) -> bool:
    """Whether the type of a column does not determine its data class."""
    if isinstance(column.type, sa.Enum) or column.foreign_keys:
        return False
    return isinstance(column.type, FREE_CONTENT_TYPES) and not holds_ids(column)


def holds_ids(column: sa.Column[Any]) -> bool:
    """Whether the column is a list of ids."""
    return isinstance(column.type, sa.ARRAY) and isinstance(column.type.item_type, sa.Uuid)


def identifies_person(column: sa.Column[Any]) -> bool:
    """Whether the column identifies a person: a foreign key to `person`, or an id with such a name."""
    if any(key.target_fullname == "person.id" for key in column.foreign_keys):
        return True
    has_person_name = column.name in {"person_id", "person_ids", "actor_id", "reader_id"} or column.name.endswith("_by")
    return has_person_name and (isinstance(column.type, sa.Uuid) or holds_ids(column))


def data_class_of(column: sa.Column[Any]) -> DataClass:
    """The class of a column. Raises KeyError for one that is not classified."""
    declared = column_data_class(column)
    if declared is not None:
        return declared
    if must_declare_class(column):
        raise KeyError(f"{column.table.name}.{column.name} has no data class")
    is_self = column.table.name == "person" and column.primary_key
    return DataClass.PERSONAL if is_self or identifies_person(column) else DataClass.NONE


def readers_of(record: TableRecord) -> list[str]:
    """The roles that can read the table through the API; `own` means everyone reads their own rows."""
    roles = {role.value for role, granted in ROLES.items() if set(record.readers) & granted.keys()}
    return sorted(roles) + (["own"] if _is_granted_to_all(record.readers) else [])


def _is_granted_to_all(permissions: Iterable[StrEnum]) -> bool:
    return any(permission in EVERYBODY for permission in permissions)
