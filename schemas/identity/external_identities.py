"""Signing in through somebody else's login, as it crosses the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.foundation.common import NO_NUL, RequestModel, ResponseModel, Timestamp
from schemas.identity.devices import DeviceCreate

Opaque = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=NO_NUL)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NO_NUL)]


class ProviderOut(ResponseModel):
    """A way to sign in, for the app's first screen."""

    name: str
    kind: Literal["oidc", "wecom", "dingtalk_gov"]
    title_zh: str
    title_en: str


class ProvidersOut(ResponseModel):
    """The ways to sign in besides the password, in the order to show them."""

    items: list[ProviderOut]


class SignInAttemptCreate(RequestModel):
    """Where the person is to come back to; one of the addresses in the provider's settings."""

    redirect_uri: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_NUL)]


class SignInAttemptOut(ResponseModel):
    """Open `page` (null: ask the platform's own client for a code), keep `attempt`, and compare `state` on return."""

    attempt: str
    state: str
    page: str | None
    expires_at: Timestamp


class SecondFactorConfirm(RequestModel):
    """What came back, with the attempt it belongs to. Each attempt works once."""

    attempt: Opaque
    state: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
    code: Opaque
    device: DeviceCreate | None = None
    """Name it to stay signed in on it."""
    iss: Annotated[Opaque | None, Field(description="As it stood in the address the person came back to.")] = None


class ExternalIdentityCreate(RequestModel):
    """The person's lasting identifier at the provider: `sub`, `userid`, `employeeCode`."""

    subject: Subject


class ExternalIdentityOut(ResponseModel):
    """A person's account at a provider."""

    provider: str
    subject: str
    linked_at: Timestamp


class ExternalIdentitiesOut(ResponseModel):
    """A person's accounts, at most one a provider."""

    items: list[ExternalIdentityOut]
