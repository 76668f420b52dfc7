"""Domain errors of signing in through a provider. The details go to our log, never into the answer."""

from service.foundation.errors import DomainError, Kind
from service.foundation.log import logger


class ProviderNotFound(DomainError):
    """There is no sign-in provider called {provider}. Choose one from the sign-in page."""

    kind, code = Kind.NOT_FOUND, "auth.provider_not_found"
    zh = "没有名为“{provider}”的登录方式。请从登录页上的方式中选择。"


class ProviderNotConfigured(DomainError):
    """The settings contain no sign-in provider called {provider}; nothing was changed. Check the name,
    or add the provider to the settings first.
    """

    kind, code = Kind.INVALID, "auth.provider_not_configured"
    zh = "设置中没有名为“{provider}”的登录方式，未作改动。请核对名称，或先在设置中加入。"


class IdentityTaken(DomainError):
    """Another person is linked to this account. Check the account; to link it here, remove the other
    link first.
    """

    kind, code, constraint = Kind.CONFLICT, "auth.identity_taken", "uq_external_identity_provider_subject"
    zh = "这个账号已对应另一位人员。请先核对；确需更换的，先解除原来的对应。"


class RedirectNotAllowed(DomainError):
    """The return address is not allowed. Ask the system administrator to add it to this provider's
    settings.
    """

    kind, code = Kind.INVALID, "auth.redirect_not_allowed"
    zh = "登录后要返回的地址不在允许的范围内。请联系系统管理员，将其加入该登录方式的设置。"


class SignInRefused(DomainError):
    """The sign-in failed. Try again from the start. If it fails again, ask the administrator of your
    organisation whether your account is linked to you.
    """

    kind, code = Kind.UNAUTHENTICATED, "auth.sign_in_refused"
    zh = "登录未成功。请从头再试一次；仍不成功时，请联系本单位的系统管理员，核对您的账号是否已与本人对应。"


class NotAMember(DomainError):
    """You signed in as an external contact. Only members of the directory can sign in. Ask to be added
    to it.
    """

    kind, code = Kind.UNAUTHENTICATED, "auth.not_a_member"
    zh = "您目前以外部联系人身份登录。本系统只对单位通讯录内的成员开放，请先请本单位将您加入通讯录。"


class SecondFactorNotConfirmed(DomainError):
    """Your account requires a second factor, and this provider did not confirm one. Sign in with your
    password and the code of your authenticator, or with a provider that confirms a second factor.
    """

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_not_confirmed"
    zh = "您须经第二重验证登录，而此登录方式没有确认这一点。请改用密码和动态码登录，或使用能确认第二重验证的登录方式。"


class ProviderUnavailable(DomainError):
    """The sign-in provider does not answer correctly. Try again later, or sign in another way."""

    kind, code = Kind.BUSY, "auth.provider_unavailable"
    zh = "登录服务暂时没有正常应答，请稍后再试，或改用其他登录方式。"


def refused(provider: str, reason: str) -> SignInRefused:
    """Log the reason and return the error to raise."""
    logger.info("sign-in refused", provider=provider, reason=reason)
    return SignInRefused()


def unavailable(provider: str, reason: str, **facts: str | int) -> ProviderUnavailable:
    """Log the facts that an operator needs and return the error to raise."""
    logger.warning("sign-in provider unavailable", provider=provider, reason=reason, **facts)
    return ProviderUnavailable()
