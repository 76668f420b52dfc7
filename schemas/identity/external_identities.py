"""Requests and answers of sign-in providers and external identities."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.foundation.common import NO_NUL, RequestModel, ResponseModel, Timestamp
from schemas.identity.devices import DeviceCreate

Opaque = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=NO_NUL)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NO_NUL)]


class ProviderOut(ResponseModel):
    """A sign-in provider to show on the first screen of the app."""

    name: str
    kind: Literal["oidc", "wecom", "dingtalk_gov"]
    title_zh: str
    title_en: str


class ProvidersOut(ResponseModel):
    """The sign-in providers in the order to show them."""

    items: list[ProviderOut]


class SignInAttemptCreate(RequestModel):
    """The address to return to after the provider's page; one of the provider's settings."""

    redirect_uri: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_NUL)]


class SignInAttemptOut(ResponseModel):
    """A started attempt. Keep `attempt`, open `page`, and compare `state` on return.

    If `page` is null, get the code from the platform's own client.
    """

    attempt: str
    state: str
    page: str | None
    expires_at: Timestamp


class ProviderSignIn(RequestModel):
    """The code that the provider returned, with its attempt. Each attempt works once."""

    attempt: Opaque
    state: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
    code: Opaque
    device: DeviceCreate | None = None
    """The device on which to stay signed in."""
    iss: Annotated[Opaque | None, Field(description="The parameter `iss` of the return address, if present.")] = None


class ExternalIdentityCreate(RequestModel):
    """The person's permanent identifier at the provider: `sub`, `userid` or `employeeCode`."""

    subject: Subject


class ExternalIdentityOut(ResponseModel):
    """A person's account at a provider."""

    provider: str
    subject: str
    linked_at: Timestamp


class ExternalIdentitiesOut(ResponseModel):
    """A person's accounts, at most one for each provider."""

    items: list[ExternalIdentityOut]
