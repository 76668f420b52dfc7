"""Column types (timestamps, enums, tree paths, encrypted texts) and the data class of a column."""

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
    """The class of the data in a column. The inventory is generated from it."""

    NONE = "none"
    """No personal data: ids of things, states, counts, timestamps."""
    PERSONAL = "personal"
    """Data about an identified person: an id, a name, a text by the person or about the person."""
    SENSITIVE = "sensitive"
    """PIPL 28: an exact position; Party membership is treated likewise (DOMAIN §7.1)."""
    FREE_TEXT = "free_text"
    """Free text. It should contain no personal data, but users may write some."""
    CONTACT = "contact"
    """Contact data of a resident. Always encrypted."""
    SECRET = "secret"  # noqa: S105 - a class of data, not a secret
    """A hash, a digest, or an encrypted secret of the system."""


def classified(data_class: DataClass, **options: Any) -> dict[str, Any]:
    """Return the `sa_column_kwargs` that mark a column with its data class. `options` are added to them."""
    return {"info": {"data_class": data_class}, **options}


def column_data_class(column: sa.Column[Any]) -> DataClass | None:
    """Return the data class that `classified` set on the column; None if it is not set."""
    data_class: DataClass | None = column.info.get("data_class")
    return data_class


def enum(values: type[StrEnum], length: int = 32) -> sa.Enum:
    """Return a type that stores the value as text with a CHECK, which a migration can change."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
        name=values.__name__.lower(),
    )


class Encrypted(sa.LargeBinary):
    """A text encrypted with a field key (`Keys.encrypt`, bound to `table.column`).

    Key rotation finds the encrypted columns by this type.
    """


class BlindIndex(sa.LargeBinary):
    """`Keys.blind` of the encrypted column `of`.

    Key rotation computes it again when the index key changes.
    """

    def __init__(self, of: str = "") -> None:
        super().__init__()
        self.of = of


class TreePath(UserDefinedType[str]):
    """PostgreSQL's `ltree`: the labels from the root to a node, separated by dots."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: the transaction that wrote a row. The relay orders events by it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], int | None]:
        return lambda value: None if value is None else int(value)
