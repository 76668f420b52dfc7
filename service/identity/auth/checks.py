"""Checks at start in production: usable sign-in providers, no demonstration accounts."""

from service.foundation.clock import system_clock
from service.foundation.manifest.checks import RowsCheck, SettingsCheck
from service.foundation.settings import Settings
from service.identity.auth.adapters.provider_settings import ProvidersUnusable
from service.identity.auth.adapters.providers import build_providers


def providers_unusable(settings: Settings) -> str | None:
    """Why the sign-in providers of the settings cannot be used; None when they can."""
    try:
        build_providers(settings, system_clock)
    except ProvidersUnusable as failure:
        return str(failure)
    return None


SIGN_IN_PROVIDERS = SettingsCheck(
    "sign_in_providers",
    True,
    providers_unusable,
    "登录方式的设置不可用：{found}。请按 service/identity/auth/adapters/provider_settings.py 改正。",
    "The settings of the sign-in providers are not usable: {found}. "
    "Correct them; service/identity/auth/adapters/provider_settings.py describes their form.",
)
DEMO = RowsCheck(
    "demo",
    True,
    "SELECT login FROM credential WHERE login LIKE 'demo-%' ORDER BY login LIMIT 50",
    "数据库中有演示账号：{found}。请使用新的数据库。",
    "The database has demo accounts: {found}. Use a new database.",
)
