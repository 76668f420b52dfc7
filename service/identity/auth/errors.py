"""Domain errors of signing in."""

from schemas.foundation.labels import LabelledEnum
from service.foundation.errors import DomainError, Kind


class SignInFailed(DomainError):
    """Login or password is wrong. Check both and try again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.sign_in_failed"
    zh = "账号或密码不正确。请核对后再试。"


class TokenMissing(DomainError):
    """You are not signed in. Sign in first."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_missing"
    zh = "请先登录。"


class TokenExpired(DomainError):
    """The sign-in has expired. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_expired"
    zh = "登录已过期，请重新登录。"


class TokenInvalid(DomainError):
    """The sign-in is not valid. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.token_invalid"
    zh = "登录信息无效，请重新登录。"


class SignInBusy(DomainError):
    """Too many people are signing in now. Try again in a few seconds."""

    kind, code = Kind.BUSY, "auth.busy"
    zh = "登录的人较多，请几秒后再试。"


class TooManyRequests(DomainError):
    """Too many requests. Try again in {retry_after_s} seconds."""

    kind, code = Kind.TOO_MANY, "auth.too_many_requests"
    zh = "请求过于频繁，请 {retry_after_s} 秒后再试。"


class LoginTaken(DomainError):
    """Another person uses this login. Choose another one."""

    kind, code, constraint = Kind.CONFLICT, "auth.login_taken", "uq_credential_login"
    zh = "登录名已被使用，请换一个。"


class RefreshRefused(DomainError):
    """The sign-in has ended. Sign in again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.refresh_refused"
    zh = "登录已失效，请重新登录。"


class DeviceRevoked(DomainError):
    """This device was signed out. Sign in again. If you did not sign it out, change your password and
    check your devices.
    """

    kind, code = Kind.UNAUTHENTICATED, "auth.device_revoked"
    zh = "此设备已退出登录，请重新登录。如非本人操作，请修改密码并查看登录设备。"


class DeviceNotFound(DomainError):
    """There is no such device, or it is not yours. If this happens while signing in, use a new device id."""

    kind, code = Kind.NOT_FOUND, "device.not_found"
    zh = "没有找到这台设备，或者不属于您。如在登录时遇到，请在此设备上重新安装后再登录。"


class SecondFactorNeeded(DomainError):
    """The code of your authenticator is missing. Sign in again with the six-digit code."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_needed"
    zh = "请输入身份验证器上的六位动态码后重新登录。"


class ServiceClientNotFound(DomainError):
    """There is no such service client, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "service_client.not_found"
    zh = "没有找到这个系统账号，或者您没有查看的权限。请返回列表核对。"


class ServiceClientEnded(DomainError):
    """This service client was ended at {ended_at}. Create a new one."""

    kind, code = Kind.CONFLICT, "service_client.ended"
    zh = "系统账号已于 {ended_at} 停用，请新建一个。"


class SecondFactorWrong(DomainError):
    """The code is wrong or was already used. Wait for the next code and try again."""

    kind, code = Kind.UNAUTHENTICATED, "auth.second_factor_wrong"
    zh = "动态码不正确或已用过，请等下一个动态码再试。"


class SecondFactorEnrolmentNeeded(DomainError):
    """Your role requires an authenticator to sign in. Set one up first."""

    kind, code = Kind.FORBIDDEN, "auth.second_factor_enrolment_needed"
    zh = "您的角色须使用身份验证器登录。请先在登录设置中绑定身份验证器。"


class SecondFactorNotBegun(DomainError):
    """There is no authenticator to confirm. Begin the set-up again."""

    kind, code = Kind.CONFLICT, "auth.second_factor_not_begun"
    zh = "没有待确认的身份验证器，请重新绑定。"


class PasswordChangeNeeded(DomainError):
    """An administrator set this password. Change it before you sign in."""

    kind, code = Kind.FORBIDDEN, "auth.password_change_needed"
    zh = "此密码由管理员设置，请先修改密码。"


class PasswordFault(LabelledEnum):
    """Why a password is too easy to guess."""

    SAME = "same", "与旧密码相同"
    HOLDS_LOGIN = "holds_login", "包含登录名"
    COMMON = "common", "过于常见或字符过少"


class PasswordUnfit(DomainError):
    """The password is too easy to guess ({reason}). Choose one that differs from the old one, does not
    contain the login, is not common, and does not repeat a few characters.
    """

    kind, code = Kind.INVALID, "auth.password_unfit"
    zh = (
        "密码太容易被猜到（{reason}）。请换一个：不得与旧密码相同，不得包含登录名，不得是常见密码或少数几个字符的重复。"
    )


class CredentialNotFound(DomainError):
    """This person has no login. Set a login and password first."""

    kind, code = Kind.NOT_FOUND, "auth.credential_not_found"
    zh = "此人没有登录名。请先为其设置登录名和密码。"


class SignInLocked(DomainError):
    """Too many failed attempts. Try again in {retry_after_s} seconds."""

    kind, code = Kind.TOO_MANY, "auth.locked"
    zh = "尝试次数过多，请 {retry_after_s} 秒后再试。"
