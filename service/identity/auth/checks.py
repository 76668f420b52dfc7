"""What production must not start with: ways to sign in that cannot work, accounts of the demonstration."""

from service.foundation.clock import system_clock
from service.foundation.manifest.checks import RowsCheck, SettingsCheck
from service.foundation.settings import Settings
from service.identity.auth.adapters.configured import ProvidersUnusable
from service.identity.auth.adapters.round_trip import providers


def providers_unusable(settings: Settings) -> str | None:
    """Why the providers that people sign in at cannot be used as the settings say."""
    try:
        providers(settings, system_clock)
    except ProvidersUnusable as failure:
        return str(failure)
    return None


SIGN_IN_PROVIDERS = SettingsCheck(
    "sign_in_providers",
    True,
    providers_unusable,
    "登录方式的设置不可用：{found}。请按 service/identity/auth/adapters/configured.py 改正。",
    "The ways to sign in cannot be used as set: {found}. Correct them by service/identity/auth/adapters/configured.py.",
)
DEMO = RowsCheck(
    "demo",
    True,
    "SELECT login FROM credential WHERE login LIKE 'demo-%' ORDER BY login LIMIT 5",
    "数据库中有演示账号：{found}。请使用新的数据库。",
    "The database has demo accounts: {found}. Begin with a database of its own.",
)
