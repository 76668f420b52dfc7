"""Tables of problems, their contacts and private links, and of categories and routes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.solving.problems import ProblemOutcome, ProblemState, Satisfaction
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, BlindIndex, DataClass, Encrypted, classified, enum


class ProblemCategory(SQLModel, table=True):
    """A category of problems; deadlines in working days."""

    __tablename__ = "problem_category"
    __table_args__ = (sa.CheckConstraint("respond_days BETWEEN 1 AND solve_days", name="days_in_order"),)

    code: str = Field(sa_type=sa.Text, primary_key=True, sa_column_kwargs=classified(DataClass.NONE))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    respond_days: int
    solve_days: int


class ProblemRoute(SQLModel, table=True):
    """Which organisation handles a category in a division and below; the longest matching division wins."""

    __tablename__ = "problem_route"
    __table_args__ = (sa.UniqueConstraint("category_code", "division_code"),)

    id: UUID = Field(primary_key=True)
    category_code: str = Field(sa_type=sa.Text, foreign_key="problem_category.code")
    division_code: str = Field(sa_type=sa.Text, foreign_key="division.code", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)


class ProblemCategoryVersion(SQLModel, table=True):
    """A version of a category, append-only, so that an earlier deadline can be explained."""

    __tablename__ = "problem_category_version"
    __table_args__ = (sa.UniqueConstraint("category_code", "number"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "category_code",
        "number",
        "respond_days",
        "solve_days",
        "in_force_from",
        "set_by",
        "recorded_at",
    )

    id: UUID = Field(primary_key=True)
    category_code: str = Field(sa_type=sa.Text, foreign_key="problem_category.code")
    number: int
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    respond_days: int
    solve_days: int
    in_force_from: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """None: from before versions were recorded."""
    source: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    set_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    recorded_at: datetime = Field(sa_type=TIMESTAMP)


class ProblemRouteVersion(SQLModel, table=True):
    """A version of a route, append-only."""

    __tablename__ = "problem_route_version"
    __table_args__ = (sa.UniqueConstraint("route_id", "number"),)
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "route_id",
        "number",
        "category_code",
        "division_code",
        "organisation_id",
        "in_force_from",
        "set_by",
        "recorded_at",
    )

    id: UUID = Field(primary_key=True)
    route_id: UUID = Field(foreign_key="problem_route.id")
    number: int
    category_code: str = Field(sa_type=sa.Text, foreign_key="problem_category.code", index=True)
    division_code: str = Field(sa_type=sa.Text, foreign_key="division.code", index=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    in_force_from: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """None: from before versions were recorded."""
    source: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    set_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    recorded_at: datetime = Field(sa_type=TIMESTAMP)


class Problem(SQLModel, table=True):
    """Something to be solved for a resident or a grassroots organisation. It has at most one owner."""

    __tablename__ = "problem"
    __table_args__ = (
        sa.CheckConstraint("(owner_id IS NULL) = (state = 'raised')", name="owned_once_dispatched"),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'confirmed', 'closed')"
            " OR (answer IS NOT NULL AND outcome IS NOT NULL AND answered_at IS NOT NULL)",
            name="answered_has_answer",
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'closed') OR satisfaction IS NOT DISTINCT FROM 'satisfied'",
            name="closed_has_rating",
        ),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        sa.Index("ix_problem_raised_by", "raised_by", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_problem_place_id", "place_id", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_problem_owner_id", "owner_id", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index("ix_problem_organisation_id", "organisation_id", sa.text("raised_at DESC"), sa.text("id DESC")),
        sa.Index(
            "ix_problem_unmasked",
            "closed_at",
            "id",
            postgresql_where=sa.text("closed_at IS NOT NULL AND masked_at IS NULL"),
        ),
        sa.Index(
            "ix_problem_with_text",
            "closed_at",
            "id",
            postgresql_where=sa.text("closed_at IS NOT NULL AND description <> ''"),
        ),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "place_id",
        "visit_id",
        "category_code",
        "raised_by",
        "is_accusation",
        "organisation_id",
        "owner_id",
        "state",
        "outcome",
        "satisfaction",
        "redone",
        "raised_at",
        "answered_at",
        "closed_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    category_code: str = Field(sa_type=sa.Text, foreign_key="problem_category.code", index=True)
    description: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    raised_by: UUID = Field(foreign_key="person.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    owner_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    state: ProblemState = Field(sa_type=enum(ProblemState))
    outcome: ProblemOutcome | None = Field(default=None, sa_type=enum(ProblemOutcome))
    answer: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    satisfaction: Satisfaction | None = Field(default=None, sa_type=enum(Satisfaction))
    satisfaction_reason: str | None = Field(
        default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT)
    )
    redone: int = Field(default=0)
    raised_at: datetime = Field(sa_type=TIMESTAMP)
    answered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    masked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When the contact was deleted and numbers in the texts were masked, a year after closing."""
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
    is_accusation: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class ProblemBarredOrganisation(SQLModel, table=True):
    """An organisation barred from an accusation, with all below it: the accused and that of the place."""

    __tablename__ = "problem_barred_organisation"

    problem_id: UUID = Field(primary_key=True, foreign_key="problem.id")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    is_accused: bool
    """True: named by the person who raised it. False: the organisation of the place."""


class ProblemContact(SQLModel, table=True):
    """The encrypted contact of a resident. `phone_index` finds equal numbers without decryption."""

    __tablename__ = "problem_contact"

    problem_id: UUID = Field(primary_key=True, foreign_key="problem.id")
    name: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.CONTACT))
    phone: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.CONTACT))
    phone_index: bytes | None = Field(
        default=None, sa_type=BlindIndex("phone"), index=True, sa_column_kwargs=classified(DataClass.SECRET)
    )
    """None if the text is not a phone number; then a lookup does not find it."""


class ProblemLink(SQLModel, table=True):
    """The private link of a resident, one for each problem. Only the hash of its token is stored."""

    __tablename__ = "problem_link"
    __table_args__ = (sa.Index("uq_problem_link_problem_id", "problem_id", unique=True),)

    token_hash: bytes = Field(sa_type=BYTES, primary_key=True, sa_column_kwargs=classified(DataClass.SECRET))
    problem_id: UUID = Field(foreign_key="problem.id")
    expires_at: datetime = Field(sa_type=TIMESTAMP, index=True)
    opened_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """When the page was first opened. Before that, a repeated request replaces the link."""
