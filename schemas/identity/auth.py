"""Signing in, as it crosses the wire."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.foundation.common import NO_NUL, Line, RequestModel, ResponseModel, Timestamp
from schemas.identity.devices import DeviceCreate

Password = Annotated[str, StringConstraints(min_length=12, max_length=200, pattern=NO_NUL)]
"""At least 12 characters."""


Code = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[A-Za-z2-7 -]{16,24})$")]
"""The authenticator's six digits, or a recovery code."""


class Login(RequestModel):
    """Login and password of a person."""

    login: Line
    password: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]


class Proof(Login):
    """What a person shows: login, password, and a code where an authenticator is set up."""

    code: Code | None = None


class SignIn(Proof):
    """What a person signs in with, and where."""

    device: DeviceCreate | None = None
    """Without one there is no refresh token: for a script that signs in, asks and is done."""


class PasswordChange(Proof):
    """The old password and the new one."""

    new_password: Password


class SecondFactorBegun(ResponseModel):
    """What the authenticator is told, by hand or as a QR code of the address. Shown this once."""

    secret: str
    """Base32; SHA-1, six digits, thirty seconds (RFC 6238)."""
    uri: str


class SecondFactorConfirmation(Login):
    """The first code that the authenticator shows."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class RecoveryCodes(ResponseModel):
    """Each stands in for a code of the authenticator once. Shown this once: print them."""

    recovery_codes: list[str]


class ClientSignIn(RequestModel):
    """Id and secret of a service client."""

    client_id: UUID
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]


class ClientCredentials(BaseModel):
    """The form of OAuth 2.0 (RFC 6749 §4.4); the client's id and secret stand here or in HTTP Basic."""

    # what is not known is ignored, as the RFC demands: stock clients send scope, audience, resource
    model_config = ConfigDict(extra="ignore", frozen=True)

    grant_type: Literal["client_credentials"]
    client_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    client_secret: Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)] | None = None


class OAuthToken(ResponseModel):
    """What a stock OAuth client expects (RFC 6749 §5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class Token(ResponseModel):
    """A short-lived bearer token; send it as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in_s: int
    refresh_token: str | None
    """For a device: buys the next access token, once (`POST /v1/auth/refreshes`)."""
    refresh_expires_at: Timestamp | None
    """Unused until then, it has run out."""


class CredentialUpdate(RequestModel):
    """A login and a password for a person."""

    login: Line
    password: Password


class ClientPurpose(StrEnum):
    """What a service client is for; stays as it was created."""

    COMMUNITY_RECEIVER = "community_receiver"
    """Hears of what concerns its organisation."""
    ASSESSMENT_SYSTEM = "assessment_system"
    """Besides, takes over the frozen dossiers that its organisation receives."""


class ServiceClientCreate(RequestModel):
    """A system that will act for an organisation.

    An assessment system is created by an administrator who may post the personnel organ.
    """

    organisation_id: UUID
    name: Line
    purpose: ClientPurpose = ClientPurpose.COMMUNITY_RECEIVER


class ServiceClientOut(ResponseModel):
    """A service client, without its secret."""

    id: UUID
    organisation_id: UUID
    name: str
    purpose: ClientPurpose
    created_at: Timestamp
    old_secret_until: Timestamp | None
    """The secret before the newest holds until then."""
    ended_at: Timestamp | None
    version: int


class ServiceClientSecret(ResponseModel):
    """A service client with its new secret, shown this once (null when its creation is repeated)."""

    client: ServiceClientOut
    client_secret: str | None


class Jwks(ResponseModel):
    """The public keys that verify our tokens (RFC 7517)."""

    keys: Annotated[list[dict[str, str]], Field(min_length=1)]
