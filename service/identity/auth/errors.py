"""Failures of signing in."""

from service.foundation.errors import DomainError, Kind


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


class AskedTooOften(DomainError):
    """More requests in a minute than anybody needs."""

    kind, code = Kind.TOO_MANY, "auth.asked_too_often"
    zh = "请求过于频繁，请 {retry_after_s} 秒后再试。"
    en = "Too many requests. Try again in {retry_after_s} seconds."


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


class ServiceClientNotFound(DomainError):
    """There is no such service client, or none in reach."""

    kind, code = Kind.NOT_FOUND, "service_client.not_found"
    zh = "没有找到系统账号 {client_id}。"
    en = "There is no service client {client_id}."


class ServiceClientEnded(DomainError):
    """An ended one gets no new secret."""

    kind, code = Kind.CONFLICT, "service_client.ended"
    zh = "系统账号已于 {ended_at} 停用，请新建一个。"
    en = "The service client was ended on {ended_at}. Create another one."


class SecondFactorWrong(DomainError):
    """The code does not fit, or was used before."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_wrong"
    zh = "动态码不正确或已用过，请等下一个动态码再试。"
    en = "The code does not fit or was used before. Wait for the next one."


class SecondFactorEnrolmentNeeded(DomainError):
    """The person's role asks for a second factor and none is set up."""

    kind, code = Kind.FORBIDDEN, "auth.second_factor_enrolment_needed"
    zh = "您的角色须使用身份验证器登录。请先绑定（POST /v1/auth/second-factors）。"
    en = "Your role signs in with an authenticator. Set one up first (POST /v1/auth/second-factors)."


class SecondFactorNotBegun(DomainError):
    """There is nothing to confirm."""

    kind, code = Kind.CONFLICT, "auth.second_factor_not_begun"
    zh = "没有待确认的身份验证器，请重新绑定。"
    en = "No authenticator waits to be confirmed. Begin again."


class PasswordChangeNeeded(DomainError):
    """Somebody else set the password."""

    kind, code = Kind.FORBIDDEN, "auth.password_change_needed"
    zh = "此密码由管理员设置，请先修改密码（POST /v1/auth/password-changes）。"
    en = "This password was set by an administrator. Change it first (POST /v1/auth/password-changes)."


class PasswordUnfit(DomainError):
    """The new password is the old one, holds the login, or is too easy to guess."""

    kind, code = Kind.INVALID, "auth.password_unfit"
    zh = "密码太容易被猜到（{reason}）。不得与旧密码相同，不得包含登录名，不得是常见密码或少数几个字符的重复。"
    en = (
        "Too easy to guess ({reason}): not the old one, not with the login in it, no common one, no few repeated signs."
    )


class CredentialNotFound(DomainError):
    """The person has no login."""

    kind, code = Kind.NOT_FOUND, "auth.credential_not_found"
    zh = "此人没有登录名。"
    en = "This person has no login."


class SignInLocked(DomainError):
    """Too many attempts on this login or from this address; whether the login exists is not said."""

    kind, code = Kind.TOO_MANY, "auth.locked"
    zh = "尝试次数过多，请 {retry_after_s} 秒后再试。"
    en = "Too many attempts. Try again in {retry_after_s} seconds."
