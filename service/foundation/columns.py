"""Column types defined once: timestamps, enums, digests, positions, tree paths; and what data a column holds."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

TIMESTAMP = sa.DateTime(timezone=True)
BYTES = sa.LargeBinary()
UUIDS = postgresql.ARRAY(sa.Uuid())
TEXTS = postgresql.ARRAY(sa.Text())
JSON = postgresql.JSONB()


class DataClass(StrEnum):
    """What sort of data a column holds; the inventory is printed from it."""

    NONE = "none"
    """Nothing about a person: ids of things, states, counts, timestamps."""
    PERSONAL = "personal"
    """About an identified person: an id, a name, what the person wrote, or a text about the person."""
    SENSITIVE = "sensitive"
    """PIPL 28: an exact position; Party membership is treated likewise (DOMAIN §7.1)."""
    FREE_TEXT = "free_text"
    """Free text; it should hold nothing about a person, and may."""
    CONTACT = "contact"
    """A resident's contact, always encrypted."""
    SECRET = "secret"  # noqa: S105 - a class of data, not a secret
    """A hash, a digest or an encrypted secret of the system."""


def classified(data_class: DataClass, **options: Any) -> dict[str, Any]:
    """`sa_column_kwargs` of a column that holds this class of data, with other options of the column."""
    return {"info": {"data_class": data_class}, **options}


def data_class_in(column: sa.Column[Any]) -> DataClass | None:
    """The class that `classified` gave the column, if it did."""
    found: DataClass | None = column.info.get("data_class")
    return found


def enum(values: type[StrEnum], length: int = 32) -> sa.Enum:
    """An enum stored by its value as text with a CHECK, so that a migration can see and change it."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
        name=values.__name__.lower(),
    )


class Encrypted(sa.LargeBinary):
    """A text under a field key (`Keys.encrypt`, bound to `table.column`). The type is the registry: what changes keys
    finds the columns by it."""


class BlindIndex(sa.LargeBinary):
    """`Keys.blind` of the encrypted column named beside it; made again when the index key changes."""

    def __init__(self, of: str = "") -> None:
        super().__init__()
        self.of = of


class TreePath(UserDefinedType[str]):
    """PostgreSQL's `ltree`: the labels from the root to a node, joined by dots."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: the transaction that wrote a row; orders events for the relay."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], int | None]:
        return lambda value: None if value is None else int(value)
