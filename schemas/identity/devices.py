"""A person's devices and the tokens that keep them signed in, as they cross the wire."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from schemas.foundation.common import Line, RequestModel, ResponseModel, Timestamp

REFRESH_TOKEN = r"^[A-Za-z0-9_-]{1,200}$"  # noqa: S105 - a pattern, not a token


class DeviceCreate(RequestModel):
    """The device that signs in. The client makes the id once (UUIDv7) and keeps it; signing in again names it again."""

    id: UUID
    name: Line
    """By which the person recognises it, such as "我的手机"."""


class RevokedBecause(StrEnum):
    """Why a device was signed out."""

    PERSON = "person"
    """The person signed it out."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    REFRESH_REUSED = "refresh_reused"
    """A refresh token came that had been replaced long ago: somebody else may have it."""
    ADMINISTRATOR = "administrator"
    """An administrator did: the phone is lost, the person has left."""
    FACTOR_RESET = "factor_reset"
    """The second factor was reset."""


class Refresh(RequestModel):
    """The newest refresh token. Ask one at a time: of two answers only the last token received is sure to be good."""

    refresh_token: Annotated[str, StringConstraints(pattern=REFRESH_TOKEN)]


class DeviceOut(ResponseModel):
    """One of your devices."""

    id: UUID
    name: str
    is_this: bool
    """It is the one that asks."""
    signed_in_at: Timestamp
    last_seen_at: Timestamp
    """When it last asked for a token. Nobody but you is shown this."""
    expires_at: Timestamp
    """It is signed out then, unless it asks before."""
    revoked_at: Timestamp | None
    revoked_because: RevokedBecause | None
