"""`credential` (a person's password), `service_client` (a system's secret)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.core import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.core.columns import BYTES, MOMENT


class Credential(SQLModel, table=True):
    """How a person signs in with a password (argon2id)."""

    __tablename__ = "credential"
    __table_args__ = (sa.Index("uq_credential_login", sa.text("lower(login)"), unique=True),)
    __lasting__: ClassVar[tuple[str, ...]] = ("id", "person_id", "set_at", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", unique=True)
    login: str = Field(sa_type=sa.Text)
    password_hash: str = Field(sa_type=sa.Text)
    set_at: datetime = Field(sa_type=MOMENT)
    version: int = Field(default=1)


class ServiceClient(SQLModel, table=True):
    """A system that acts for an organisation, such as the receiver of its webhooks."""

    __tablename__ = "service_client"
    __lasting__: ClassVar[tuple[str, ...]] = ("id", "organisation_id", "created_at", "ended_at", "version")

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text)
    secret_hash: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    sameness: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)
