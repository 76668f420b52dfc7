"""Tables of places, fences, fence proposals and readings."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geography
from sqlmodel import Field, SQLModel

from schemas.foundation.geo import LARGEST_RADIUS_M
from schemas.ground.places import FenceKind, PlaceKind, ProposalState
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified, enum


class Place(SQLModel, table=True):
    """A place that can be visited, under the organisation responsible for it."""

    __tablename__ = "place"
    __table_args__ = (
        sa.Index("ix_place_created_at", "created_at", "id"),
        sa.CheckConstraint("(kind = 'grid') = (parent_id IS NOT NULL)", name="grid_has_parent"),
        sa.Index("uq_place_credit_code", "credit_code", unique=True),
    )
    # without parent_id and credit_code: both are set once, when the place is created
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "kind",
        "organisation_id",
        "division_code",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    kind: PlaceKind = Field(sa_type=enum(PlaceKind))
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    division_code: str | None = Field(default=None, sa_type=sa.Text, foreign_key="division.code", index=True)
    parent_id: UUID | None = Field(default=None, foreign_key="place.id", index=True)
    credit_code: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    search_text: str = Field(
        default="", sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE, server_default="")
    )
    """Name, pinyin and pinyin initials in lower case, joined by blanks; the place picker searches it."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class Fence(SQLModel, table=True):
    """An area in which a check-in counts as at the place.

    `area` is a point for a circle, else a polygon, in WGS 84.
    """

    __tablename__ = "fence"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'circle') = (radius_m IS NOT NULL)", name="circle_has_radius"),
        sa.CheckConstraint(
            f"radius_m IS NULL OR (radius_m > 0 AND radius_m <= {LARGEST_RADIUS_M})", name="radius_range"
        ),
        sa.CheckConstraint(
            "GeometryType(area::geometry) = CASE kind WHEN 'circle' THEN 'POINT' ELSE 'POLYGON' END", name="area_form"
        ),
        sa.Index("ix_fence_place_id", "place_id", postgresql_where=sa.text("valid_until IS NULL")),
        sa.Index("ix_fence_area", "area", postgresql_using="gist"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "place_id", "kind", "radius_m", "valid_from", "valid_until")

    id: UUID = Field(primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    kind: FenceKind = Field(sa_type=enum(FenceKind))
    radius_m: float | None = Field(default=None)
    area: Any = Field(
        sa_type=Geography("GEOMETRY", srid=4326, spatial_index=False), sa_column_kwargs=classified(DataClass.NONE)
    )
    valid_from: datetime = Field(sa_type=TIMESTAMP)
    valid_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))


class PlaceReading(SQLModel, table=True):
    """A title and a link for visitors, added by the organisation responsible for the place."""

    __tablename__ = "place_reading"
    __table_args__ = (
        sa.Index("ix_place_reading_place_id", "place_id", "added_at", postgresql_where=sa.text("removed_at IS NULL")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "place_id", "added_at", "removed_at")

    id: UUID = Field(primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    title: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    link: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    added_at: datetime = Field(sa_type=TIMESTAMP)
    removed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))


class FenceProposal(SQLModel, table=True):
    """A circle around check-ins of several persons on several days.

    The organisation responsible for the place accepts or refuses it. The centroid is the average of at least five
    persons, rounded to about fifty metres, so it is no person's position. A fence made from it has the same precision.
    """

    __tablename__ = "fence_proposal"
    __table_args__ = (
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_has_timestamp"),
        sa.CheckConstraint("(state = 'accepted') = (fence_id IS NOT NULL)", name="accepted_has_fence"),
        sa.CheckConstraint(f"radius_m > 0 AND radius_m <= {LARGEST_RADIUS_M}", name="radius_range"),
        sa.Index("uq_fence_proposal_open", "place_id", unique=True, postgresql_where=sa.text("state = 'proposed'")),
        sa.Index("ix_fence_proposal_proposed_at", "proposed_at", "id"),
        sa.Index("ix_fence_proposal_place_id", "place_id", "proposed_at"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "place_id",
        "radius_m",
        "check_ins",
        "persons",
        "proposed_at",
        "state",
        "decided_by",
        "decided_at",
        "fence_id",
        "version",
    )

    id: UUID = Field(primary_key=True)
    place_id: UUID = Field(foreign_key="place.id")
    centroid: Any = Field(
        sa_type=Geography("POINT", srid=4326, spatial_index=False), sa_column_kwargs=classified(DataClass.NONE)
    )
    radius_m: float
    check_ins: int
    persons: int
    proposed_at: datetime = Field(sa_type=TIMESTAMP)
    state: ProposalState = Field(sa_type=enum(ProposalState))
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    reason: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.FREE_TEXT))
    fence_id: UUID | None = Field(default=None, foreign_key="fence.id")
    version: int = Field(default=1)
