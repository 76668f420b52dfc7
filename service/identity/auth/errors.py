"""Failures of signing in."""

from service.foundation.errors import DomainError, Kind


class SignInFailed(DomainError):
    """Login or password is wrong."""

    kind, code = Kind.UNAUTHENTICATED, "auth.sign_in_failed"
    zh = "账号或密码不正确。"


class TokenMissing(DomainError):
    """Sign in first and send the token in the Authorization header."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_missing"
    zh = "请先登录，并在 Authorization 头中带上令牌。"


class TokenExpired(DomainError):
    """The sign-in has expired. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_expired"
    zh = "登录已过期，请重新登录。"


class TokenInvalid(DomainError):
    """The token is not valid. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_invalid"
    zh = "令牌无效，请重新登录。"


class SignInBusy(DomainError):
    """Many people are signing in. Try again in a few seconds."""

    kind, code = Kind.BUSY, "auth.busy"
    zh = "登录的人较多，请几秒后再试。"


class AskedTooOften(DomainError):
    """Too many requests. Try again in {retry_after_s} seconds."""

    kind, code = Kind.TOO_MANY, "auth.asked_too_often"
    zh = "请求过于频繁，请 {retry_after_s} 秒后再试。"


class LoginTaken(DomainError):
    """This login is taken. Choose another one."""

    kind, code, constraint = Kind.CONFLICT, "auth.login_taken", "uq_credential_login"
    zh = "登录名已被使用，请换一个。"


class RefreshRefused(DomainError):
    """The sign-in is over. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.refresh_refused"
    zh = "登录已失效，请重新登录。"


class DeviceRevoked(DomainError):
    """This device was signed out. Sign in again; if it was not you, change your password and look at your devices."""

    kind, code = Kind.UNAUTHENTICATED, "auth.device_revoked"
    zh = "此设备已退出登录，请重新登录。如非本人操作，请修改密码并查看登录设备。"


class DeviceNotFound(DomainError):
    """There is no device {device_id}. If this came at signing in, make a new id for the device."""

    kind, code = Kind.NOT_FOUND, "device.not_found"
    zh = "没有找到设备 {device_id}。如在登录时遇到，请为此设备换一个新编号。"


class SecondFactorNeeded(DomainError):
    """Sign in again with the six digits of your authenticator."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_needed"
    zh = "请输入身份验证器上的六位动态码后重新登录。"


class ServiceClientNotFound(DomainError):
    """There is no service client {client_id}."""

    kind, code = Kind.NOT_FOUND, "service_client.not_found"
    zh = "没有找到系统账号 {client_id}。"


class ServiceClientEnded(DomainError):
    """The service client was ended on {ended_at}. Create another one."""

    kind, code = Kind.CONFLICT, "service_client.ended"
    zh = "系统账号已于 {ended_at} 停用，请新建一个。"


class SecondFactorWrong(DomainError):
    """The code does not fit or was used before. Wait for the next one."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_wrong"
    zh = "动态码不正确或已用过，请等下一个动态码再试。"


class SecondFactorEnrolmentNeeded(DomainError):
    """Your role signs in with an authenticator. Set one up first (POST /v1/auth/second-factors)."""

    kind, code = Kind.FORBIDDEN, "auth.second_factor_enrolment_needed"
    zh = "您的角色须使用身份验证器登录。请先绑定（POST /v1/auth/second-factors）。"


class SecondFactorNotBegun(DomainError):
    """No authenticator waits to be confirmed. Begin again."""

    kind, code = Kind.CONFLICT, "auth.second_factor_not_begun"
    zh = "没有待确认的身份验证器，请重新绑定。"


class PasswordChangeNeeded(DomainError):
    """This password was set by an administrator. Change it first (POST /v1/auth/password-changes)."""

    kind, code = Kind.FORBIDDEN, "auth.password_change_needed"
    zh = "此密码由管理员设置，请先修改密码（POST /v1/auth/password-changes）。"


class PasswordUnfit(DomainError):
    """Too easy to guess ({reason}): not the old one, not with the login in it, no common one, no few repeated signs."""

    kind, code = Kind.INVALID, "auth.password_unfit"
    zh = "密码太容易被猜到（{reason}）。不得与旧密码相同，不得包含登录名，不得是常见密码或少数几个字符的重复。"


class CredentialNotFound(DomainError):
    """This person has no login."""

    kind, code = Kind.NOT_FOUND, "auth.credential_not_found"
    zh = "此人没有登录名。"


class SignInLocked(DomainError):
    """Too many attempts. Try again in {retry_after_s} seconds."""

    kind, code = Kind.TOO_MANY, "auth.locked"
    zh = "尝试次数过多，请 {retry_after_s} 秒后再试。"
