"""What people and systems sign in with, where they stay signed in, and which one-time attempts were used."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.auth import ClientPurpose
from schemas.identity.devices import RevokedBecause
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, Encrypted, enum


class Credential(SQLModel, table=True):
    """How a person signs in with a password (argon2id)."""

    __tablename__ = "credential"
    __table_args__ = (sa.Index("uq_credential_login", sa.text("lower(login)"), unique=True),)
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "set_at", "version")
    __lasting_later__: ClassVar[dict[str, str]] = {"must_change": "false", "is_ended": "false"}

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", unique=True)
    login: str = Field(sa_type=sa.Text)
    password_hash: str = Field(sa_type=sa.Text)
    set_at: datetime = Field(sa_type=TIMESTAMP)
    must_change: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    """Somebody else knows the password: it is changed before anything else."""
    is_ended: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    """Nobody signs in with it until it is set again."""
    version: int = Field(default=1)


class SecondFactor(SQLModel, table=True):
    """A person's authenticator: one confirmed, and at most one more that is being set up."""

    __tablename__ = "second_factor"
    __table_args__ = (
        sa.Index(
            "uq_second_factor_confirmed",
            "person_id",
            unique=True,
            postgresql_where=sa.text("confirmed_at IS NOT NULL"),
        ),
        sa.Index("uq_second_factor_begun", "person_id", unique=True, postgresql_where=sa.text("confirmed_at IS NULL")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "begun_at", "confirmed_at", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    secret: bytes = Field(sa_type=Encrypted)
    begun_at: datetime = Field(sa_type=TIMESTAMP)
    confirmed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    last_step: int = Field(sa_type=sa.BigInteger)
    """The step of the newest code that was used; it only grows, so that no code is good twice."""
    version: int = Field(default=1)


class RecoveryCode(SQLModel, table=True):
    """Stands in for a code of the authenticator, once."""

    __tablename__ = "recovery_code"

    id: UUID = Field(primary_key=True)
    factor_id: UUID = Field(foreign_key="second_factor.id", index=True, ondelete="CASCADE")
    code_hash: bytes = Field(sa_type=BYTES)
    used_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class SignInAttempt(SQLModel, table=True):
    """Failures of an account, one of its devices or an address within its window. `id`, a keyed hash, names none."""

    __tablename__ = "sign_in_attempt"

    id: UUID = Field(primary_key=True)
    failures: int
    since: datetime = Field(sa_type=TIMESTAMP)
    """When its window began."""
    locked_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    is_refused: bool
    """Whether the newest attempt came while it was locked; how the statement that counts tells its caller."""


class Device(SQLModel, table=True):
    """A person's phone or browser, and how far its chain of refresh tokens has come.

    A refresh token says `family_id` and its number in the chain and is signed; nothing from which one could be
    made is stored (`refreshing.py`). `generation` is the newest number; `previous` is the one before, usable as
    long as the newest was never used.
    """

    __tablename__ = "device"
    __table_args__ = (
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name="revoked_because"),
        sa.CheckConstraint("generation > 0 AND previous < generation", name="generation_order"),
        sa.Index("ix_device_person_id", "person_id", sa.text("created_at DESC"), sa.text("id DESC")),
        sa.Index("ix_device_over_at", sa.text("coalesce(revoked_at, expires_at)")),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "created_at", "revoked_at", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    name: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    family_id: UUID = Field(unique=True)
    """New with every sign-in."""
    generation: int
    previous: int | None = Field(default=None)
    signed_in_at: datetime = Field(sa_type=TIMESTAMP)
    rotated_at: datetime = Field(sa_type=TIMESTAMP)
    """When the newest token was first given out."""
    expires_at: datetime = Field(sa_type=TIMESTAMP)
    has_second_factor: bool
    """Whether the sign-in was confirmed by one."""
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    revoked_because: RevokedBecause | None = Field(default=None, sa_type=enum(RevokedBecause))
    version: int = Field(default=1)


class ServiceClient(SQLModel, table=True):
    """A system that acts for an organisation, such as the receiver of its webhooks."""

    __tablename__ = "service_client"
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "organisation_id", "created_at", "ended_at", "version")
    __lasting_later__: ClassVar[dict[str, str]] = {"purpose": "'community_receiver'"}

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text)
    purpose: ClientPurpose = Field(
        default=ClientPurpose.COMMUNITY_RECEIVER,
        sa_type=enum(ClientPurpose),
        sa_column_kwargs={"server_default": sa.text("'community_receiver'")},
    )
    """Looked up at the moment of asking: the token says nothing of it."""
    secret_hash: str = Field(sa_type=sa.Text)
    """The secret, or once one was renewed, the one before it."""
    next_secret_hash: str | None = Field(default=None, sa_type=sa.Text)
    old_secret_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """Both hold until then."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES)
    version: int = Field(default=1)


class ExternalIdentity(SQLModel, table=True):
    """Which account at a provider is which person. Linked by an administrator or an import, never by signing in."""

    __tablename__ = "external_identity"
    __table_args__ = (
        sa.UniqueConstraint("provider", "subject", name="uq_external_identity_provider_subject"),
        sa.UniqueConstraint("person_id", "provider", name="uq_external_identity_person_id_provider"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "provider", "linked_at", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    provider: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    linked_at: datetime = Field(sa_type=TIMESTAMP)
    version: int = Field(default=1)


class SpentSignIn(SQLModel, table=True):
    """An attempt at a provider that came back; it does not come back twice. Kept until it would have expired."""

    __tablename__ = "spent_sign_in"

    id: UUID = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=TIMESTAMP, index=True)
