"""The setting is checked at start, and no message shows what stands in it."""

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
SAID = "hunter2"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "ldap"}, "kind"),
        ({"name": f"{SAID} City"}, "name"),
        ({"issuer": f"ftp://{SAID}"}, "issuer"),
        ({"issuer": "http://login.city.example"}, "https"),
        ({"secret": SAID}, "secret"),
        ({"secret": {"file": f"/nowhere/{SAID}", "env": SAID}}, "file"),
        ({"client_secret": SAID}, "client_secret"),
        ({"scopes": [SAID]}, "openid"),
        ({"subject_claim": "email"}, "email"),
        ({"subject_claim": "name"}, "name"),
    ],
    ids=str,
)
def test_invalid_setting_is_reported_by_field_without_its_value(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ProvidersUnusable, match=told) as failure:
        parse_provider_settings([OIDC | changed], is_production=True)

    assert SAID not in str(failure.value)


def test_two_providers_with_the_same_name_are_refused() -> None:
    with pytest.raises(ProvidersUnusable, match="same name"):
        parse_provider_settings([OIDC, OIDC], is_production=True)


def test_secret_is_read_from_file_or_variable_and_must_not_be_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(f"{SAID}\n")
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("CITY_SECRET", SAID)

    body = [{"file": str(tmp_path / "secret")}, {"env": "CITY_SECRET"}, {"file": str(tmp_path / "empty")}]
    first, second, empty = (parse_provider_settings([OIDC | {"secret": one}], is_production=True)[0] for one in body)

    assert [one.secret.value() for one in (first, second) if hasattr(one, "secret") and one.secret] == [SAID, SAID]
    with pytest.raises(ProvidersUnusable, match="no secret"):
        empty.secret.value()  # type: ignore[union-attr]  # it has one, as said
