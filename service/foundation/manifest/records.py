"""Declarations about tables: inventory entries, retention rules, references to organisations."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.manifest import PurgeVerb
from service.foundation.settings import Settings

YEAR = 365


class Basis(Enum):
    """The legal basis of processing personal data (PIPL 13)."""

    DUTY = ("履行法定职责所必需（个人信息保护法第十三条第三项、第三十四条）", "statutory duty (PIPL 13(3), 34)")
    CONSENT = (
        "本人单独同意，可随时撤回（第十三条第一项、第二十九条）",
        "separate consent, withdrawable (PIPL 13(1), 29)",
    )
    SECURITY = ("网络安全保护义务（网络安全法，不少于六个月）", "security of the network (Cybersecurity Law)")
    NOTHING = ("不含个人信息", "no personal information")

    @property
    def zh(self) -> str:
        return self.value[0]

    @property
    def en(self) -> str:
        return self.value[1]


class ServiceRights(Enum):
    """What the database role of the service may do with rows of a table, besides inserting them."""

    ALL = "read and change"
    READ = "read; append-only"
    NONE = "write only"


@dataclass(frozen=True)
class TableRecord:
    """The inventory entry of a table: purpose, legal basis, retention, readers, data export.

    `own`: columns with the id of a person who gets the row in the data export. `others`: columns with the id of a
    person who does not get the row, each with the reason. `hidden`: columns that the export leaves out. The data class
    of a column is in its `info` (`service/foundation/columns.py`).
    """

    table: type[SQLModel]
    zh: str
    en: str
    basis: Basis
    retention: tuple[str, ...] = ()
    """Names of retention rules. If empty, `kept` describes how long rows are kept."""
    kept: str = "与所记录的事项同存，无固定期限"
    readers: tuple[StrEnum, ...] = ()
    """`Permission` values."""
    own: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    elsewhere: str | None = None
    """Why the data export does not contain these rows, and where the person can ask."""
    service_rights: ServiceRights = ServiceRights.ALL
    is_partitioned: bool = False
    """Partitioned by time; the worker creates partitions in advance."""

    @property
    def name(self) -> str:
        """The name of the table."""
        return str(self.table.__tablename__)


@dataclass(frozen=True)
class RetentionRule:
    """How long rows are kept, and what is done with them at the end.

    `statement` handles at most `:at_most` rows that are due before `:before` and returns their ids. Columns that are
    masked or emptied are not part of the digest, so the row can still be verified. Rows that a dossier cites are kept.
    """

    word: str
    table: str
    verb: PurgeVerb
    what_zh: str
    what_en: str
    days: int
    since_zh: str
    since_en: str
    source: str
    statement: sa.TextClause | None
    """None: the worker drops whole partitions."""
    at_least: int = 0
    at_most: int | None = None
    limit: Callable[[Settings], int] | None = None
    """Returns another setting that may shorten the days."""


@dataclass(frozen=True)
class OpenReference:
    """A column that refers to an organisation.

    The organisation cannot be closed while `is_open` is true for a row.
    """

    column: Any
    zh: str
    en: str
    is_open: Callable[[datetime], sa.ColumnElement[bool]] = lambda at: sa.true()

    @property
    def name(self) -> str:
        """`table.column`."""
        return name_of(self.column)


@dataclass(frozen=True)
class OtherReference:
    """A column that refers to an organisation but does not keep it open, with the reason."""

    column: Any
    why: str

    @property
    def name(self) -> str:
        """`table.column`."""
        return name_of(self.column)


def name_of(column: Any) -> str:
    """Return `table.column` of a mapped attribute."""
    return f"{column.class_.__tablename__}.{column.key}"


HandOver = Callable[[AsyncSession, UUID, UUID, Any], Awaitable[None]]
"""Moves records of a closed organisation (first id) to its successor (second id). The last argument is the actor."""
