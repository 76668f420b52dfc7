"""Tables of imports: the import, its file until it is read, its rows with diff and results."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.operations.imports import ImportKind, ImportMode, ImportState, RowOutcome
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TEXTS, TIMESTAMP, DataClass, classified, enum


class Import(SQLModel, table=True):
    """One import of a file. Its counts are those of the diff, after the merge those of the merged rows."""

    __tablename__ = "import"
    __table_args__ = (sa.Index("ix_import_requested_at", "requested_at", "id"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "kind",
        "mode",
        "organisation_id",
        "is_complete",
        "state",
        "added",
        "changed",
        "ended",
        "refused",
        "requested_by",
        "requested_at",
        "confirmed_by",
        "confirmed_at",
        "finished_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    kind: ImportKind = Field(sa_type=enum(ImportKind))
    mode: ImportMode = Field(sa_type=enum(ImportMode))
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    as_of: date
    is_complete: bool
    state: ImportState = Field(sa_type=enum(ImportState))
    file_digest: bytes | None = Field(default=None, sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    """SHA-256 of the file; sending the same file again changes nothing."""
    diff_digest: bytes | None = Field(default=None, sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    """SHA-256 of the diff; the merge starts only if the diff still has this digest."""
    lines: int = Field(default=0)
    added: int = Field(default=0)
    changed: int = Field(default=0)
    ended: int = Field(default=0)
    unchanged: int = Field(default=0)
    missing: int = Field(default=0)
    refused: int = Field(default=0)
    leavers: int = Field(default=0)
    covered: int = Field(default=0)
    issues: list[Any] = Field(sa_type=JSON, default=[], sa_column_kwargs=classified(DataClass.NONE))
    ignored_columns: list[str] = Field(sa_type=TEXTS, default=[], sa_column_kwargs=classified(DataClass.NONE))
    requested_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """Null if it came from the command line."""
    requested_at: datetime = Field(sa_type=TIMESTAMP)
    checked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """The actor of the merged changes; null if confirmed from the command line."""
    confirmed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    merge_started_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """If set, a restart continues the merge instead of comparing again."""
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class ImportFile(SQLModel, table=True):
    """The bytes of a file between upload and check; deleted once they are read."""

    __tablename__ = "import_file"

    import_id: UUID = Field(primary_key=True, foreign_key="import.id")
    content: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.PERSONAL))


class ImportRow(SQLModel, table=True):
    """A row of the diff. When the import ends, its personal data is erased; ids and codes stay.

    Unlike the staging table of divisions it is a logged table: a confirmed diff must survive a crash.
    """

    __tablename__ = "import_row"
    __table_args__ = (sa.Index("ix_import_row_due", "import_id", "step", "number", postgresql_where=sa.text("is_due")),)

    import_id: UUID = Field(primary_key=True, foreign_key="import.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: int | None = Field(default=None)
    key: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    outcome: RowOutcome = Field(sa_type=enum(RowOutcome))
    subject_id: UUID | None = Field(default=None, sa_column_kwargs=classified(DataClass.PERSONAL))
    parsed_line: dict[str, Any] | None = Field(
        default=None, sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL)
    )
    """The parsed line: `values` and `issues`, to compare it again before the merge."""
    plan: dict[str, Any] | None = Field(default=None, sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL))
    """The values that the merge writes."""
    changes: list[Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL))
    issues: list[Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.NONE))
    step: int = Field(default=0)
    """Rows merge by step, then number: a parent before its children, ended postings before new ones."""
    is_due: bool = Field(default=False)
    """Confirmed and not merged yet."""
