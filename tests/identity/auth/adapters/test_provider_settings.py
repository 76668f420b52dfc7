"""The provider setting is checked at start, and no message shows its values."""

from pathlib import Path
from typing import Any

import pytest

from service.identity.auth.adapters.provider_settings import ProvidersUnusable, parse_provider_settings

OIDC: dict[str, Any] = {
    "kind": "oidc",
    "name": "city",
    "title_zh": "统一登录",
    "title_en": "single sign-on",
    "issuer": "https://login.city.example",
    "client_id": "grassroots",
}
VALUE = "hunter2"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "ldap"}, "kind"),
        ({"name": f"{VALUE} City"}, "name"),
        ({"issuer": f"ftp://{VALUE}"}, "issuer"),
        ({"issuer": "http://login.city.example"}, "https"),
        ({"secret": VALUE}, "secret"),
        ({"secret": {"file": f"/nowhere/{VALUE}", "env": VALUE}}, "file"),
        ({"client_secret": VALUE}, "client_secret"),
        ({"scopes": [VALUE]}, "openid"),
        ({"subject_claim": "email"}, "email"),
        ({"subject_claim": "name"}, "name"),
    ],
    ids=str,
)
def test_invalid_setting_is_reported_by_field_without_its_value(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ProvidersUnusable, match=field) as failure:
        parse_provider_settings([OIDC | changed], is_production=True)

    assert VALUE not in str(failure.value)


def test_two_providers_with_the_same_name_are_refused() -> None:
    with pytest.raises(ProvidersUnusable, match="same name"):
        parse_provider_settings([OIDC, OIDC], is_production=True)


def test_secret_is_read_from_file_or_variable_and_must_not_be_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(f"{VALUE}\n")
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("CITY_SECRET", VALUE)

    body = [{"file": str(tmp_path / "secret")}, {"env": "CITY_SECRET"}, {"file": str(tmp_path / "empty")}]
    first, second, empty = (
        parse_provider_settings([OIDC | {"secret": secret}], is_production=True)[0] for secret in body
    )

    providers = (first, second)
    assert [provider.secret.value() for provider in providers if hasattr(provider, "secret") and provider.secret] == [
        VALUE,
        VALUE,
    ]
    with pytest.raises(ProvidersUnusable, match="no secret"):
        empty.secret.value()  # type: ignore[union-attr]  # the settings above have a secret
