"""Tables of the tree: `organisation`, `organisation_link`, `posting`, `division` and its imports."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, Level, OrganisationKind, Role
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, TreePath, classified, enum


class Organisation(SQLModel, table=True):
    """A node of the Party tree or of the unit tree. Its `path` holds the hex ids from the root to itself."""

    __tablename__ = "organisation"
    __table_args__ = (
        sa.Index("ix_organisation_path", "path", postgresql_using="gist"),
        sa.CheckConstraint("nlevel(path) > 0", name="path_not_empty"),
        sa.CheckConstraint("subpath(path, -1)::text = replace(id::text, '-', '')", name="path_ends_in_id"),
        sa.CheckConstraint("(parent_id IS NULL) = (nlevel(path) = 1)", name="root_has_no_parent"),
        sa.CheckConstraint("(approval_number IS NULL) = (approved_on IS NULL)", name="approval_dated"),
        sa.CheckConstraint("successor_id IS NULL OR valid_until IS NOT NULL", name="successor_of_closed"),
        sa.Index("uq_organisation_code", "code", unique=True),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "family",
        "kind",
        "parent_id",
        "division_code",
        "created_at",
        "approved_on",
        "valid_until",
        "successor_id",
        "version",
    )

    id: UUID = Field(primary_key=True)
    family: Family = Field(sa_type=enum(Family))
    kind: OrganisationKind = Field(sa_type=enum(OrganisationKind))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    parent_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    path: str = Field(sa_type=TreePath, sa_column_kwargs=classified(DataClass.NONE))
    division_code: str | None = Field(default=None, sa_type=sa.Text, foreign_key="division.code", index=True)
    approval_number: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    approved_on: date | None = Field(default=None)
    """The date of the superior's approval, where the rules require one (DOMAIN §2.1)."""
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When it was closed. Nothing new begins in a closed organisation; its records stay readable."""
    successor_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    code: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    """The code of the organisation in a source system; imports match by it."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class OrganisationFormerName(SQLModel, table=True):
    """A name that an organisation had until `until_at`; the current name is in `organisation`."""

    __tablename__ = "organisation_former_name"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    until_at: datetime = Field(sa_type=TIMESTAMP)


class OrganisationLink(SQLModel, table=True):
    """A dated link between two organisations outside the tree.

    The exclusion constraint `ex_organisation_link_one_at_a_time` (in the migration) allows one link of a kind between
    the same two organisations at a time.
    """

    __tablename__ = "organisation_link"
    __table_args__ = (
        sa.CheckConstraint("from_id <> to_id", name="between_two"),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="until_after_from"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "kind",
        "from_id",
        "to_id",
        "valid_from",
        "valid_until",
        "version",
    )

    id: UUID = Field(primary_key=True)
    kind: LinkKind = Field(sa_type=enum(LinkKind))
    from_id: UUID = Field(foreign_key="organisation.id", index=True)
    to_id: UUID = Field(foreign_key="organisation.id", index=True)
    valid_from: datetime = Field(sa_type=TIMESTAMP)
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class Posting(SQLModel, table=True):
    """A person's role in an organisation. Rights come from these rows alone.

    The exclusion constraint `ex_posting_duties_apart` (in the migration, with the function `duty_of`) refuses duties
    that exclude each other.
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="until_after_from"),
        sa.CheckConstraint(
            "(role = 'delegate') = (delegate_of IS NOT NULL) AND (delegate_of IS NULL OR valid_until IS NOT NULL)",
            name="delegate_of_one_leader_until",
        ),
        sa.CheckConstraint("delegate_of <> person_id", name="delegate_of_another"),
        sa.Index("ix_posting_person_id", "person_id", "valid_from"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "person_id",
        "organisation_id",
        "role",
        "delegate_of",
        "valid_from",
        "valid_until",
        "version",
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    role: Role = Field(sa_type=enum(Role))
    delegate_of: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """Only for a delegate: the leader."""
    valid_from: datetime = Field(sa_type=TIMESTAMP)
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class Division(SQLModel, table=True):
    """A statistical division. A retired one is not deleted; it keeps its code and gets an end date."""

    __tablename__ = "division"
    __table_args__ = (
        sa.CheckConstraint("code ~ '^[0-9]+$' AND length(code) IN (2, 4, 6, 9, 12)", name="code_form"),
        sa.CheckConstraint("starts_with(code, coalesce(parent_code, ''))", name="code_under_parent"),
    )

    code: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    level: Level = Field(sa_type=enum(Level))
    parent_code: str | None = Field(default=None, sa_type=sa.Text, foreign_key="division.code", index=True)
    valid_from: date
    valid_until: date | None = Field(default=None)
    import_id: UUID = Field(foreign_key="division_import.id")
    """The last import that wrote the row."""


class DivisionImport(SQLModel, table=True):
    """One import of divisions: its file, the date the file describes, and what it changed."""

    __tablename__ = "division_import"
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "source_sha256",
        "added",
        "changed",
        "unchanged",
        "retired",
        "started_at",
        "finished_at",
    )

    id: UUID = Field(primary_key=True)
    source_name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    source_sha256: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    as_of: date
    added: int = Field(default=0)
    changed: int = Field(default=0)
    unchanged: int = Field(default=0)
    retired: int = Field(default=0)
    started_at: datetime = Field(sa_type=TIMESTAMP)
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class DivisionStaged(SQLModel, table=True):
    """A line of a file during an import; deleted when the import ends."""

    __tablename__ = "division_staged"
    __table_args__ = (
        sa.Index("ix_division_staged_code", "import_id", "code"),
        {"prefixes": ["UNLOGGED"]},
    )

    import_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    """The name of the file; an import may read several files of a folder."""
    code: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    level: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    parent_code: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
