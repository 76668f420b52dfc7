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
