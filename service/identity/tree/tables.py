"""`organisation` with its path in the tree, `posting`, `division` and its imports."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, Level, OrganisationKind, Role
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, TreePath, enum


class Organisation(SQLModel, table=True):
    """A node of the Party tree or of the unit tree. `path` = the hex ids from the root to it."""

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
        "version",
    )
    __lasting_later__: ClassVar[dict[str, str]] = {
        "approved_on": "NULL",
        "valid_until": "NULL",
        "successor_id": "NULL",
    }

    id: UUID = Field(primary_key=True)
    family: Family = Field(sa_type=enum(Family))
    kind: OrganisationKind = Field(sa_type=enum(OrganisationKind))
    name: str = Field(sa_type=sa.Text)
    parent_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    path: str = Field(sa_type=TreePath)
    division_code: str | None = Field(default=None, sa_type=sa.Text, foreign_key="division.code", index=True)
    approval_number: str | None = Field(default=None, sa_type=sa.Text)
    approved_on: date | None = Field(default=None)
    """The superior's approval of what the rules allow only with one (DOMAIN §2.1)."""
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When it was closed. Nothing begins there any more; what was goes on being read."""
    successor_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    code: str | None = Field(default=None, sa_type=sa.Text)
    """By which a source system knows it; imports find it by this."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class OrganisationFormerName(SQLModel, table=True):
    """A name that an organisation had until a moment; the present one stands with the organisation."""

    __tablename__ = "organisation_former_name"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text)
    until_at: datetime = Field(sa_type=TIMESTAMP)


class OrganisationLink(SQLModel, table=True):
    """A tie between two organisations beside the trees, from–until.

    `ex_organisation_link_one_at_a_time` (in the migration) keeps two of a kind between the same two apart.
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
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class Posting(SQLModel, table=True):
    """A person's role in an organisation, from–until. Rights are computed from these rows alone.

    `ex_posting_duties_apart` (in the migration, by the function `duty_of`) keeps duties that exclude each other apart.
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
        "valid_from",
        "valid_until",
        "version",
    )
    __lasting_later__: ClassVar[dict[str, str]] = {"delegate_of": "NULL"}

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    role: Role = Field(sa_type=enum(Role))
    delegate_of: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """The leader for whom a delegate acts."""
    valid_from: datetime = Field(sa_type=TIMESTAMP)
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class Division(SQLModel, table=True):
    """A statistical division. Never deleted: a retired one keeps its code and gets an end date."""

    __tablename__ = "division"
    __table_args__ = (
        sa.CheckConstraint("code ~ '^[0-9]+$' AND length(code) IN (2, 4, 6, 9, 12)", name="code_form"),
        sa.CheckConstraint("starts_with(code, coalesce(parent_code, ''))", name="code_under_parent"),
    )

    code: str = Field(sa_type=sa.Text, primary_key=True)
    name: str = Field(sa_type=sa.Text)
    level: Level = Field(sa_type=enum(Level))
    parent_code: str | None = Field(default=None, sa_type=sa.Text, foreign_key="division.code", index=True)
    valid_from: date
    valid_until: date | None = Field(default=None)
    import_id: UUID = Field(foreign_key="division_import.id")
    """The import that wrote the row last."""


class DivisionImport(SQLModel, table=True):
    """One run of the import: which file, as of when, and what it changed."""

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
    source_name: str = Field(sa_type=sa.Text)
    source_sha256: str = Field(sa_type=sa.Text)
    as_of: date
    added: int = Field(default=0)
    changed: int = Field(default=0)
    unchanged: int = Field(default=0)
    retired: int = Field(default=0)
    started_at: datetime = Field(sa_type=TIMESTAMP)
    finished_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class DivisionStaged(SQLModel, table=True):
    """A line of a file on its way in; emptied when its import ends."""

    __tablename__ = "division_staged"
    __table_args__ = (
        sa.Index("ix_division_staged_code", "import_id", "code"),
        {"prefixes": ["UNLOGGED"]},
    )

    import_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(sa_type=sa.Text, primary_key=True)
    """The file the line stands in; a folder has several."""
    code: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    level: str = Field(sa_type=sa.Text)
    parent_code: str | None = Field(default=None, sa_type=sa.Text)
