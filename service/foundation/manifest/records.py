"""What a manifest says of its tables: inventory entries, retention rules, references to organisations."""

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
    """On which ground data are processed (PIPL 13)."""

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
    """What the service's database role may do with the rows of a table, beside inserting them."""

    ALL = "read and change"
    READ = "read; append-only"
    NONE = "write only"


@dataclass(frozen=True)
class TableRecord:
    """The inventory entry of one table: purpose, ground, how long, who reads it, how a person gets at the data.

    `own` names the columns by which a person's rows are given to that person; `others` the columns that name a person
    and give no right to the row, each with its reason; `hidden` the columns left out of what is given. The data class
    of each column stands in its `info` (`service/foundation/columns.py`).
    """

    table: type[SQLModel]
    zh: str
    en: str
    basis: Basis
    retention: tuple[str, ...] = ()
    """Names of retention rules; empty: as `kept` says."""
    kept: str = "与所记录的事项同存，无固定期限"
    readers: tuple[StrEnum, ...] = ()
    """Each a `Permission`."""
    own: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    elsewhere: str | None = None
    """Why a person's rows cannot be given out, and where to ask."""
    service_rights: ServiceRights = ServiceRights.ALL
    is_partitioned: bool = False
    """By time: the worker makes partitions ahead."""

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.__tablename__)


@dataclass(frozen=True)
class RetentionRule:
    """How long rows are kept and what becomes of them then.

    `statement` handles at most `:at_most` rows due before `:before` and gives their ids. Masked and emptied columns
    are under no digest, so the record stays provable. What a dossier still cites stays.
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
    """None: whole partitions are dropped."""
    at_least: int = 0
    at_most: int | None = None
    limit: Callable[[Settings], int] | None = None
    """Another setting that may shorten the days."""


@dataclass(frozen=True)
class OpenReference:
    """A column that refers to an organisation and keeps it from being closed while `is_open` holds for some row."""

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
    """A column that refers to an organisation and does not keep it open, and why."""

    column: Any
    why: str

    @property
    def name(self) -> str:
        """`table.column`."""
        return name_of(self.column)


def name_of(column: Any) -> str:
    """`table.column` of a mapped attribute."""
    return f"{column.class_.__tablename__}.{column.key}"


HandOver = Callable[[AsyncSession, UUID, UUID, Any], Awaitable[None]]
"""Gives what belongs to an organisation that is closed (first id) to its successor; the last argument is the actor."""
