"""Column types said once: moments, enums, digests, positions, tree paths."""

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
