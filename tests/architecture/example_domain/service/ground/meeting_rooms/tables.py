"""`meeting_room`."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, classified


class MeetingRoom(SQLModel, table=True):
    """A room at a place; its name is unique there."""

    __tablename__ = "meeting_room"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", name="has_seats"),
        sa.UniqueConstraint("place_id", "name"),
        sa.Index("ix_meeting_room_organisation_id", "organisation_id", sa.text("created_at DESC"), sa.text("id DESC")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "place_id",
        "seats",
        "usable_until",
        "created_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id")
    place_id: UUID = Field(foreign_key="place.id")
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    seats: int
    usable_until: date
    created_at: datetime = Field(sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)
