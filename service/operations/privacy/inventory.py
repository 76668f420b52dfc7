"""The inventory: every table and column with class, purpose, ground, term and readers (`grassroots inventory`).

A table's entry stands in the manifest of its domain, the class of a column in the column's `info`. Every column that
can hold free content needs a class; a test walks the metadata.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geography

from service.foundation.columns import DataClass, column_data_class
from service.foundation.manifest.records import TableRecord
from service.identity.access.roles import EVERYBODY, ROLES

ZH = {
    DataClass.NONE: "非个人信息",
    DataClass.PERSONAL: "个人信息",
    DataClass.SENSITIVE: "敏感个人信息",
    DataClass.FREE_TEXT: "自由文字（可能含个人信息）",
    DataClass.CONTACT: "群众联系方式（加密）",
    DataClass.SECRET: "摘要或密钥",
}
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


def data_class_of(column: sa.Column[Any]) -> DataClass:
    """The class of a column. Raises KeyError for one that is not classified."""
    declared = column_data_class(column)
    if declared is not None:
        return declared
    if is_open(column):
        raise KeyError(f"{column.table.name}.{column.name} is not classified")
    is_self = column.table.name == "person" and column.primary_key
    return DataClass.PERSONAL if is_self or names_a_person(column) else DataClass.NONE


def readers_of(record: TableRecord) -> list[str]:
    """The roles that read the table through the API; `own` for everybody's own records."""
    roles = {role.value for role, granted in ROLES.items() if set(record.readers) & granted.keys()}
    return sorted(roles) + (["own"] if _own(record.readers) else [])


def _own(permissions: Iterable[StrEnum]) -> bool:
    return any(permission in EVERYBODY for permission in permissions)
