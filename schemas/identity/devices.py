"""Requests and answers of devices and refresh tokens."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from schemas.foundation.common import Line, RequestModel, ResponseModel, Timestamp

REFRESH_TOKEN = r"^[A-Za-z0-9_-]{1,200}$"  # noqa: S105 - a pattern, not a token


class DeviceCreate(RequestModel):
    """The device that signs in. The client creates the id once (UUIDv7) and sends it at every sign-in."""

    id: UUID
    name: Line
    """A name that the person recognises, such as "我的手机"."""


class RevokedBecause(StrEnum):
    """Why a device was signed out."""

    PERSON = "person"
    """The person signed it out."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    REFRESH_REUSED = "refresh_reused"
    """An outdated refresh token was used: somebody may have copied it."""
    ADMINISTRATOR = "administrator"
    """An administrator signed it out, for example because the phone was lost or the person left."""
    FACTOR_RESET = "factor_reset"
    """The second factor was reset."""


class Refresh(RequestModel):
    """The newest refresh token.

    Send one request at a time: after parallel ones only the last token surely works.
    """

    refresh_token: Annotated[str, StringConstraints(pattern=REFRESH_TOKEN)]


class DeviceOut(ResponseModel):
    """One of your devices."""

    id: UUID
    name: str
    is_this: bool
    """Whether this device sent the request."""
    signed_in_at: Timestamp
    last_seen_at: Timestamp
    """When the device last requested a token. Only you can read this."""
    expires_at: Timestamp
    """The device is signed out at this time unless it requests a token before."""
    revoked_at: Timestamp | None
    revoked_because: RevokedBecause | None
