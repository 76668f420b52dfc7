"""Requests and answers of signing in and of service clients."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.foundation.common import NO_NUL, Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.identity.devices import DeviceCreate

Password = Annotated[str, StringConstraints(min_length=12, max_length=200, pattern=NO_NUL)]
"""At least 12 characters."""


Code = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[A-Za-z2-7 -]{16,24})$")]
"""The authenticator's six digits, or a recovery code."""


class Login(RequestModel):
    """Login and password of a person."""

    login: Line
    password: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]


class LoginWithCode(Login):
    """Login and password, and a code if the person has an authenticator."""

    code: Code | None = None


class SignIn(LoginWithCode):
    """The credentials of a person, and the device on which to stay signed in."""

    device: DeviceCreate | None = None
    """Without a device there is no refresh token; a short-lived script needs none."""


class PasswordChange(LoginWithCode):
    """The login with the old password, and the new password."""

    new_password: Password


class SecondFactorSecret(ResponseModel):
    """The secret to enter into the authenticator app. It is shown only once."""

    secret: str
    """Base32; SHA-1, six digits, thirty seconds (RFC 6238)."""
    uri: str
    """The same secret as an `otpauth:` URI, to show as a QR code."""


class SecondFactorConfirmation(Login):
    """The first code that the authenticator shows."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class RecoveryCodes(ResponseModel):
    """Each recovery code replaces a code of the authenticator once. They are shown only once: print them."""

    recovery_codes: list[str]


class ClientSignIn(RequestModel):
    """The id and secret of a service client."""

    client_id: UUID
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]


class ClientCredentials(BaseModel):
    """The form of OAuth 2.0 (RFC 6749 §4.4). The client's id and secret are here or in HTTP Basic."""

    # unknown fields are ignored, as the RFC requires: standard clients send scope, audience, resource
    model_config = ConfigDict(extra="ignore", frozen=True)

    grant_type: Literal["client_credentials"]
    client_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    client_secret: Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)] | None = None


class OAuthToken(ResponseModel):
    """The answer that a standard OAuth client expects (RFC 6749 §5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Lifetime in seconds."""


class Token(ResponseModel):
    """A short-lived bearer token; send it as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in_s: int
    """Lifetime of the access token in seconds."""
    refresh_token: str | None
    """Only for a device: exchange it once for the next access token (`POST /v1/auth/refreshes`)."""
    refresh_expires_at: Timestamp | None
    """When the refresh token expires."""


class CredentialUpdate(RequestModel):
    """The login and password to set for a person."""

    login: Line
    password: Password


class ClientPurpose(StrEnum):
    """The purpose of a service client. It cannot be changed after creation."""

    COMMUNITY_RECEIVER = "community_receiver"
    """Receives the events of its organisation."""
    ASSESSMENT_SYSTEM = "assessment_system"
    """Also takes over the frozen dossiers that its organisation receives."""


class ServiceClientCreate(RequestModel):
    """A service client to create: a system that acts for an organisation.

    Only an administrator who may give postings of the personnel organ creates an assessment system.
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
    """The previous secret works until this time."""
    ended_at: Timestamp | None
    version: int


class ServiceClientSecret(ResponseModel):
    """A service client with its new secret, which is shown only once (null when the creation is repeated)."""

    client: ServiceClientOut
    client_secret: str | None


class Jwks(ResponseModel):
    """The public keys that verify our signatures (RFC 7517)."""

    keys: Annotated[list[dict[str, str]], Field(min_length=1)]


class ServiceClientQuery(PageQuery):
    """Filters of the list of service clients."""

    organisation_id: UUID | None = None
