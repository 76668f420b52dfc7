"""Models of the setting `GRASSROOTS_SIGN_IN_PROVIDERS`: a JSON list, one object per provider.

A secret is a reference: `{"file": "/path"}` or `{"env": "NAME"}`. NAME must not begin with `GRASSROOTS_`, the prefix
of the settings. A secret written in the setting itself is refused, because settings are displayed and copied.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

Filled = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$", max_length=500)]
"""A base URL or page of the provider; must be `https` in production."""


class ProvidersUnusable(RuntimeError):
    """The setting is incomplete or wrong. Raised at start, before requests are served."""


class _StrictModel(BaseModel):
    """A model that refuses unknown fields and never shows input values in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Secret(_StrictModel):
    """The place of a secret: a file or an environment variable."""

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _require_one_source(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret has either a file or an env")
        return self

    def value(self) -> str:
        """Read the secret. Raises: ProvidersUnusable when there is none."""
        try:
            secret = self.file.read_text().strip() if self.file else os.environ.get(self.env or "", "")
        except (OSError, UnicodeError):
            secret = ""
        if not secret:
            raise ProvidersUnusable(f"no secret in {f'file {self.file}' if self.file else f'variable {self.env}'}")
        return secret


class _BaseProviderSettings(_StrictModel):
    """The settings that all providers share."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    """The name in our URLs and in `external_identity`. Changing it loses every link to this provider."""
    title_zh: Filled
    title_en: Filled
    redirect_uris: tuple[Filled, ...] = ()
    """Allowed return addresses, compared exactly: of the app and of the sign-in page."""

    def normalize_subject(self, subject: str) -> str:
        """The canonical spelling of an identifier at this provider."""
        return subject


class OidcSettings(_BaseProviderSettings):
    """An OpenID Connect server. Without a secret and a key, our client is public and uses PKCE only."""

    kind: Literal["oidc"]
    issuer: Url
    client_id: Filled
    secret: Secret | None = None
    """For `client_secret_basic`."""
    private_key: Secret | None = None
    """A PEM key (EC P-256 or RSA) for `private_key_jwt`."""
    key_id: Filled | None = None
    """The `kid` of that key at the server."""
    scopes: tuple[Filled, ...] = ("openid",)
    subject_claim: Filled = "sub"
    """The claim of the ID token with the person's permanent identifier: `sub`, or an employee number."""
    second_factor_amr: tuple[Filled, ...] = ()
    """Values of the claim `amr` (RFC 8176), such as `mfa`, that count as a second factor. Empty: no value counts."""

    @model_validator(mode="after")
    def _check_client(self) -> Self:
        if self.secret and self.private_key:
            raise ValueError("either a secret or a private_key")
        if "openid" not in self.scopes:
            raise ValueError("scopes lack openid")
        if self.subject_claim in CHANGEABLE_CLAIMS:
            raise ValueError(f"{self.subject_claim} may change or be shared; it cannot name a person")
        return self


CHANGEABLE_CLAIMS = frozenset(
    ("name", "given_name", "family_name", "nickname", "preferred_username", "email", "phone_number")
)


class WeComSettings(_BaseProviderSettings):
    """An app of 企业微信, or of 政务微信 with its own base URL."""

    kind: Literal["wecom"]
    base_url: Url = "https://qyapi.weixin.qq.com"
    authorize_url: Url = "https://open.weixin.qq.com/connect/oauth2/authorize"
    scan_url: Url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    page: Literal["in_app", "scan"] = "in_app"
    corp_id: Filled
    agent_id: Filled
    secret: Secret
    user_info_path: Literal["auth/getuserinfo", "user/getuserinfo"] = "auth/getuserinfo"

    def normalize_subject(self, subject: str) -> str:
        """Lower case, because WeCom ignores the case of a `userid`."""
        return subject.lower()


class DingTalkGovSettings(_BaseProviderSettings):
    """An app of 专有钉钉, such as 浙政钉."""

    kind: Literal["dingtalk_gov"]
    base_url: Url
    """The platform's base URL for calls; test and production differ."""
    login_url: Url | None = None
    """`…/oauth2/auth.htm` on the platform's sign-in domain; required for `scan`."""
    client_id: Filled | None = None
    """应用标识; required for `scan`."""
    way: Literal["scan", "in_app"] = "in_app"
    app_key: Filled
    secret: Secret
    tenant_id: Filled
    """Accounts of other tenants are refused."""
    subject: Literal["employeeCode", "accountId"] = "employeeCode"

    @model_validator(mode="after")
    def _check_scan(self) -> Self:
        if self.way == "scan" and not (self.login_url and self.client_id):
            raise ValueError("scan needs login_url and client_id")
        return self


ProviderSettings = Annotated[OidcSettings | WeComSettings | DingTalkGovSettings, Field(discriminator="kind")]
PROVIDER_SETTINGS: TypeAdapter[list[ProviderSettings]] = TypeAdapter(list[ProviderSettings])


def parse_provider_settings(setting: Sequence[dict[str, Any]], *, is_production: bool) -> list[ProviderSettings]:
    """Parse and check the setting. Raises: ProvidersUnusable, which names the field and never its value."""
    try:
        providers = PROVIDER_SETTINGS.validate_python(setting)
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise ProvidersUnusable(f"GRASSROOTS_SIGN_IN_PROVIDERS {field}: {first['msg']}") from None
    names = [provider.name for provider in providers]
    if len(set(names)) != len(names):
        raise ProvidersUnusable("GRASSROOTS_SIGN_IN_PROVIDERS: two providers have the same name")
    for provider in providers:
        _check_urls(provider, is_production)
    return providers


def _check_urls(provider: OidcSettings | WeComSettings | DingTalkGovSettings, is_production: bool) -> None:
    urls = {name: value for name, value in provider if name.endswith("_url") or name == "issuer"}
    insecure = [name for name, value in urls.items() if value and value.startswith("http://")]
    if is_production and insecure:
        raise ProvidersUnusable(
            f"GRASSROOTS_SIGN_IN_PROVIDERS {provider.name}.{insecure[0]}: https is needed in production"
        )
