"""`import`, its file until it is read, and its rows: the diff that is shown, then what became of each."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.operations.imports import ImportKind, ImportMode, ImportState, RowOutcome
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, JSON, TEXTS, TIMESTAMP, enum


class Import(SQLModel, table=True):
    """One file on its way in. The counts are those of the diff, at the end those of what was done."""

    __tablename__ = "import"
    __table_args__ = (sa.Index("ix_import_asked_at", "asked_at", "id"),)
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
        "asked_by",
        "asked_at",
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
    file_digest: bytes | None = Field(default=None, sa_type=BYTES)
    """SHA-256 of the file: the same one sent again is a repetition."""
    diff_digest: bytes | None = Field(default=None, sa_type=BYTES)
    """SHA-256 of the diff shown: merged is exactly this, or nothing."""
    lines: int = Field(default=0)
    added: int = Field(default=0)
    changed: int = Field(default=0)
    ended: int = Field(default=0)
    unchanged: int = Field(default=0)
    missing: int = Field(default=0)
    refused: int = Field(default=0)
    leavers: int = Field(default=0)
    covered: int = Field(default=0)
    flaws: list[Any] = Field(sa_type=JSON, default=[])
    ignored_columns: list[str] = Field(sa_type=TEXTS, default=[])
    asked_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """Null: from the command line."""
    asked_at: datetime = Field(sa_type=TIMESTAMP)
    checked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """Who said yes, and so does what is merged; null from the command line."""
    confirmed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    merge_began_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """From here on a restart goes on merging instead of comparing anew."""
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class ImportFile(SQLModel, table=True):
    """The bytes of a file between upload and check; deleted as soon as they are read."""

    __tablename__ = "import_file"

    import_id: UUID = Field(primary_key=True, foreign_key="import.id")
    content: bytes = Field(sa_type=BYTES)


class ImportRow(SQLModel, table=True):
    """A row of the diff. When the import ends, what it held of persons is emptied and ids and codes stay.

    It is logged, unlike the staging of divisions: the diff somebody has looked at and confirmed must outlive a crash.
    """

    __tablename__ = "import_row"
    __table_args__ = (sa.Index("ix_import_row_due", "import_id", "step", "number", postgresql_where=sa.text("is_due")),)

    import_id: UUID = Field(primary_key=True, foreign_key="import.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: int | None = Field(default=None)
    key: str | None = Field(default=None, sa_type=sa.Text)
    outcome: RowOutcome = Field(sa_type=enum(RowOutcome))
    subject_id: UUID | None = Field(default=None)
    given: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What the line said, as far as it could be read, to compare anew before merging."""
    plan: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """What the merge does with the row."""
    changes: list[Any] = Field(sa_type=JSON)
    flaws: list[Any] = Field(sa_type=JSON)
    step: int = Field(default=0)
    """Rows merge by step, then number: a parent before its children, an end before a beginning."""
    is_due: bool = Field(default=False)
    """Confirmed to be merged and not merged yet."""
