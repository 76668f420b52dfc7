"""Failures of signing in."""

from service.core.errors import DomainError, Kind


class SignInFailed(DomainError):
    """Unknown login or wrong password; which of the two is not said."""

    kind, code = Kind.UNAUTHENTICATED, "auth.sign_in_failed"
    zh = "账号或密码不正确。"
    en = "Login or password is wrong."


class TokenMissing(DomainError):
    """No bearer token came with the request."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_missing"
    zh = "请先登录，并在 Authorization 头中带上令牌。"
    en = "Sign in first and send the token in the Authorization header."


class TokenExpired(DomainError):
    """The token was ours but its time is over."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_expired"
    zh = "登录已过期，请重新登录。"
    en = "The sign-in has expired. Sign in again."


class TokenInvalid(DomainError):
    """The token is not one of ours."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_invalid"
    zh = "令牌无效，请重新登录。"
    en = "The token is not valid. Sign in again."


class SignInBusy(DomainError):
    """Too many are signing in at this moment."""

    kind, code = Kind.BUSY, "auth.busy"
    zh = "登录的人较多，请几秒后再试。"
    en = "Many people are signing in. Try again in a few seconds."


class LoginTaken(DomainError):
    """Another person already signs in with this login."""

    kind, code, constraint = Kind.CONFLICT, "auth.login_taken", "uq_credential_login"
    zh = "登录名已被使用，请换一个。"
    en = "This login is taken. Choose another one."


class RefreshRefused(DomainError):
    """The refresh token is not one of ours, or was not used in time."""

    kind, code = Kind.UNAUTHENTICATED, "auth.refresh_refused"
    zh = "登录已失效，请重新登录。"
    en = "The sign-in is over. Sign in again."


class DeviceRevoked(DomainError):
    """The device was signed out: by the person, by an administrator, or because its token was used twice."""

    kind, code = Kind.UNAUTHENTICATED, "auth.device_revoked"
    zh = "此设备已退出登录，请重新登录。如非本人操作，请修改密码并查看登录设备。"
    en = "This device was signed out. Sign in again; if it was not you, change your password and look at your devices."


class DeviceNotFound(DomainError):
    """There is no such device, or it is another person's."""

    kind, code = Kind.NOT_FOUND, "device.not_found"
    zh = "没有找到设备 {device_id}。如在登录时遇到，请为此设备换一个新编号。"
    en = "There is no device {device_id}. If this came at signing in, make a new id for the device."


class SecondFactorNeeded(DomainError):
    """The person's role asks for a second factor, or one is set up, and none came."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_needed"
    zh = "请输入身份验证器上的六位动态码后重新登录。"
    en = "Sign in again with the six digits of your authenticator."
