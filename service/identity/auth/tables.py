"""Tables of auth: credentials, second factors, devices, service clients, external identities."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from schemas.identity.auth import ClientPurpose
from schemas.identity.devices import RevokedBecause
from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import BYTES, TIMESTAMP, DataClass, Encrypted, classified, enum


class Credential(SQLModel, table=True):
    """How a person signs in with a password (argon2id)."""

    __tablename__ = "credential"
    __table_args__ = (sa.Index("uq_credential_login", sa.text("lower(login)"), unique=True),)
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "set_at", "must_change", "is_ended", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", unique=True)
    login: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    password_hash: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.SECRET))
    set_at: datetime = Field(sa_type=TIMESTAMP)
    must_change: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    """An administrator knows the password, so the person must change it before signing in."""
    is_ended: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    """The login is disabled until an administrator sets it again."""
    version: int = Field(default=1)


class SecondFactor(SQLModel, table=True):
    """A person's authenticator. Each person has at most one confirmed row and one unconfirmed row."""

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
    secret: bytes = Field(sa_type=Encrypted, sa_column_kwargs=classified(DataClass.SECRET))
    begun_at: datetime = Field(sa_type=TIMESTAMP)
    confirmed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    last_step: int = Field(sa_type=sa.BigInteger)
    """The time step of the newest used code. It only grows, so that no code works twice."""
    version: int = Field(default=1)


class RecoveryCode(SQLModel, table=True):
    """A one-time code that replaces a code of the authenticator."""

    __tablename__ = "recovery_code"

    id: UUID = Field(primary_key=True)
    factor_id: UUID = Field(foreign_key="second_factor.id", index=True, ondelete="CASCADE")
    code_hash: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    used_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class SignInAttempt(SQLModel, table=True):
    """Failed attempts of an account, of one of its devices or of an address, within a window.

    `id` is a keyed hash, so the row names neither login nor address.
    """

    __tablename__ = "sign_in_attempt"

    id: UUID = Field(primary_key=True)
    failures: int
    since: datetime = Field(sa_type=TIMESTAMP)
    """When the window began."""
    locked_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    is_refused: bool
    """Whether the newest attempt arrived during the lock. The counting statement returns this to its caller."""


class Device(SQLModel, table=True):
    """A person's phone or browser, and the position of its chain of refresh tokens.

    A refresh token contains `family_id` and its number in the chain, and is signed. The table stores nothing that
    could forge one (`refresh_tokens.py`). `generation` is the newest number. `previous` is the number before it,
    which stays usable until the newest is used.
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
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    created_at: datetime = Field(sa_type=TIMESTAMP)
    family_id: UUID = Field(unique=True)
    """A new random value at every sign-in."""
    generation: int
    previous: int | None = Field(default=None)
    signed_in_at: datetime = Field(sa_type=TIMESTAMP)
    rotated_at: datetime = Field(sa_type=TIMESTAMP)
    """When the newest token was first issued."""
    expires_at: datetime = Field(sa_type=TIMESTAMP)
    has_second_factor: bool
    """Whether a second factor confirmed the sign-in."""
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    revoked_because: RevokedBecause | None = Field(default=None, sa_type=enum(RevokedBecause))
    version: int = Field(default=1)


class ServiceClient(SQLModel, table=True):
    """A system that acts for an organisation, such as the receiver of its webhooks."""

    __tablename__ = "service_client"
    __digest_columns__: ClassVar[tuple[str, ...]] = (
        "id",
        "organisation_id",
        "purpose",
        "created_at",
        "ended_at",
        "version",
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    purpose: ClientPurpose = Field(
        default=ClientPurpose.COMMUNITY_RECEIVER,
        sa_type=enum(ClientPurpose),
        sa_column_kwargs={"server_default": sa.text("'community_receiver'")},
    )
    """Read from the database at each request, because access tokens do not contain it."""
    secret_hash: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.SECRET))
    """The current secret; after a renewal, the secret before the newest one."""
    next_secret_hash: str | None = Field(default=None, sa_type=sa.Text, sa_column_kwargs=classified(DataClass.SECRET))
    old_secret_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    """Both secrets work until this time."""
    created_at: datetime = Field(sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    request_fingerprint: bytes = Field(sa_type=BYTES, sa_column_kwargs=classified(DataClass.SECRET))
    version: int = Field(default=1)


class ExternalIdentity(SQLModel, table=True):
    """The link between a person and an account at a sign-in provider.

    An administrator or an import creates it; signing in never does.
    """

    __tablename__ = "external_identity"
    __table_args__ = (
        sa.UniqueConstraint("provider", "subject", name="uq_external_identity_provider_subject"),
        sa.UniqueConstraint("person_id", "provider", name="uq_external_identity_person_id_provider"),
    )
    __digest_columns__: ClassVar[tuple[str, ...]] = ("id", "person_id", "provider", "linked_at", "version")

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    provider: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    subject: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.PERSONAL))
    linked_at: datetime = Field(sa_type=TIMESTAMP)
    version: int = Field(default=1)


class SpentSignIn(SQLModel, table=True):
    """A used attempt to sign in at a provider, so that it cannot be used twice.

    Kept until the attempt expires.
    """

    __tablename__ = "spent_sign_in"

    id: UUID = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=TIMESTAMP, index=True)
