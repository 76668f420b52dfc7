"""The shapes of the setting `GRASSROOTS_SIGN_IN_PROVIDERS`: a JSON list, one object per provider, its shape by `kind`.

A secret is named by `{"file": "/path"}` or `{"env": "NAME"}` (a name that does not begin with `GRASSROOTS_`, which are
the settings' own); one written in the setting itself is refused, because settings are shown and copied.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

Filled = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$", max_length=500)]
"""A base or a page of the provider; `https` in production."""


class ProvidersUnusable(RuntimeError):
    """The setting does not say what is needed; told at start, before anything is served."""


class _Shape(BaseModel):
    """Unknown words are refused, and what was given never stands in a message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Secret(_Shape):
    """Where a secret is found: in a file or in a variable of the environment."""

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret has either a file or an env")
        return self

    def value(self) -> str:
        """The secret. Raises ProvidersUnusable when there is none."""
        try:
            found = self.file.read_text().strip() if self.file else os.environ.get(self.env or "", "")
        except (OSError, UnicodeError):
            found = ""
        if not found:
            raise ProvidersUnusable(f"no secret in {f'file {self.file}' if self.file else f'variable {self.env}'}")
        return found


class _Provider(_Shape):
    """What all have in common."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    """As it stands in our addresses and in `external_identity`; never changed, or every link is lost."""
    title_zh: Filled
    title_en: Filled
    redirect_uris: tuple[Filled, ...] = ()
    """Where the person may come back to, letter by letter: the app's own address, the sign-in page's."""

    def normal(self, subject: str) -> str:
        """The one spelling of an identifier at this provider."""
        return subject


class Oidc(_Provider):
    """A server of OpenID Connect. Without a secret and without a key it is a public client (PKCE alone)."""

    kind: Literal["oidc"]
    issuer: Url
    client_id: Filled
    secret: Secret | None = None
    """For `client_secret_basic`."""
    private_key: Secret | None = None
    """A PEM key (EC P-256 or RSA) for `private_key_jwt`."""
    key_id: Filled | None = None
    """The `kid` the server knows that key by."""
    scopes: tuple[Filled, ...] = ("openid",)
    subject_claim: Filled = "sub"
    """The claim of the ID token that names the person for good: `sub`, or an employee number that links are made by."""
    second_factor_amr: tuple[Filled, ...] = ()
    """Values of the claim `amr` (RFC 8176), such as `mfa`, that count as a second factor. Empty: none does."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
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


class WeCom(_Provider):
    """An app of 企业微信, or of 政务微信 on its own base."""

    kind: Literal["wecom"]
    base_url: Url = "https://qyapi.weixin.qq.com"
    authorize_url: Url = "https://open.weixin.qq.com/connect/oauth2/authorize"
    scan_url: Url = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    page: Literal["in_app", "scan"] = "in_app"
    corp_id: Filled
    agent_id: Filled
    secret: Secret
    user_info_path: Literal["auth/getuserinfo", "user/getuserinfo"] = "auth/getuserinfo"

    def normal(self, subject: str) -> str:
        """WeCom does not tell upper case from lower in a `userid`."""
        return subject.lower()


class DingTalkGov(_Provider):
    """An app of 专有钉钉, such as 浙政钉."""

    kind: Literal["dingtalk_gov"]
    base_url: Url
    """The platform's own domain for calls; test and production differ."""
    login_url: Url | None = None
    """`…/oauth2/auth.htm` on the platform's domain for signing in; for `scan`."""
    client_id: Filled | None = None
    """应用标识; for `scan`."""
    way: Literal["scan", "in_app"] = "in_app"
    app_key: Filled
    secret: Secret
    tenant_id: Filled
    """Accounts of other tenants are refused."""
    subject: Literal["employeeCode", "accountId"] = "employeeCode"

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.way == "scan" and not (self.login_url and self.client_id):
            raise ValueError("scan needs login_url and client_id")
        return self


Configured = Annotated[Oidc | WeCom | DingTalkGov, Field(discriminator="kind")]
CONFIGURED: TypeAdapter[list[Configured]] = TypeAdapter(list[Configured])


def configured(setting: Sequence[dict[str, Any]], *, is_production: bool) -> list[Configured]:
    """The providers of the setting. Raises ProvidersUnusable, naming the place and never the value."""
    try:
        found = CONFIGURED.validate_python(setting)
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ProvidersUnusable(f"GRASSROOTS_SIGN_IN_PROVIDERS {where}: {first['msg']}") from None
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise ProvidersUnusable("GRASSROOTS_SIGN_IN_PROVIDERS: two providers have the same name")
    for one in found:
        _check_addresses(one, is_production)
    return found


def _check_addresses(one: Oidc | WeCom | DingTalkGov, is_production: bool) -> None:
    addresses = {name: value for name, value in one if name.endswith("_url") or name == "issuer"}
    plain = [name for name, value in addresses.items() if value and value.startswith("http://")]
    if is_production and plain:
        raise ProvidersUnusable(f"GRASSROOTS_SIGN_IN_PROVIDERS {one.name}.{plain[0]}: https is needed in production")
