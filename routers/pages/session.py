"""Sessions of pages. A browser is a device like a phone; its tokens are in one HttpOnly cookie.

So devices, lock-out, second factor and sign-out work as in the app. When the access token in the cookie has expired,
the refresh token in the cookie renews it. Each form contains a CSRF token of its session.
"""

import hmac
import re
import secrets
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Depends, Request, Response

from routers.deps import Resources, resources
from routers.guard import Guard
from service.foundation.errors import DomainError, Kind
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import refresh_tokens
from service.identity.auth.errors import TokenExpired, TokenInvalid, TokenMissing
from service.identity.auth.refresh_tokens import SignedIn
from service.identity.auth.tokens import Principal

NEXT = re.compile(r"/pages(/[A-Za-z0-9_-]+)*(\?[A-Za-z0-9_=&.~%+-]*)?")
FIRST = "/pages/inbox"
SAME_SITE = frozenset({None, "same-origin", "none"})
"""Values of `Sec-Fetch-Site` for our own forms. Old browsers do not send it."""
ResponseType = TypeVar("ResponseType", bound=Response)


class FormForeign(DomainError):
    """This form is out of date; nothing was changed. Go back, reload the page and send the form again."""

    kind, code = Kind.FORBIDDEN, "page.form_foreign"
    zh = "此表单已失效，没有做任何改动。请返回上一页，刷新后再提交。"


class PageGuard(Guard):
    """Authenticate by the session cookie. A program may send a bearer token instead."""

    async def __call__(self, request: Request) -> Actor:
        if "authorization" in request.headers:
            return await super().__call__(request)
        app_state = resources(request)
        now = app_state.clock()
        principal = await _principal(request, app_state, now)
        request.state.csrf = csrf_token(app_state, str(principal.device_id))
        actor = self.count_request(app_state, principal, now)
        if request.method != "GET":
            await require_own_form(request, request.state.csrf)
        return actor


def RequiresOnPage(permission: Permission) -> Any:  # noqa: N802 - reads as a declaration in a signature, like Depends
    """Return the actor of the session with this permission. Raises: the errors of `Requires`, FormForeign."""
    return Depends(PageGuard(permission))


async def _principal(request: Request, app_state: Resources, now: datetime) -> Principal:
    access, _, refresh = request.cookies.get(session_cookie(app_state), "").partition("|")
    if not refresh:
        raise TokenMissing
    try:
        return app_state.tokens.verify(access, now)
    except TokenExpired:
        return await _renew_session(request, app_state, refresh, now)
    except TokenInvalid:
        end_session(request)
        raise


async def _renew_session(request: Request, app_state: Resources, refresh: str, now: datetime) -> Principal:
    try:
        signed_in = await refresh_tokens.refresh(app_state.pool, app_state.sign_in_tools.refresh_tokens, refresh, now)
    except DomainError:  # it was refused; a database that is merely busy takes no session away
        end_session(request)
        raise
    keep_session(request, app_state, signed_in, now)
    return signed_in.principal


def session_cookie(app_state: Resources) -> str:
    """Return the name of the session cookie.

    With `__Host-` a browser accepts it only over TLS and from this host.
    """
    return "__Host-session" if app_state.settings.is_https else "session"


def form_cookie(app_state: Resources) -> str:
    """Return the name of the cookie that binds a form to a browser before sign-in."""
    return "__Host-form" if app_state.settings.is_https else "form"


def keep_session(request: Request, app_state: Resources, signed_in: SignedIn, now: datetime) -> None:
    """Set the session cookie in the response.

    It lasts until the browser closes or the device is signed out.
    """
    access = app_state.tokens.issue(signed_in.principal, now)
    request.state.session = f"{access}|{signed_in.refresh_token}"


def end_session(request: Request) -> None:
    """Delete the session cookie in the response."""
    request.state.ends_session = True
    request.state.session = None


def with_cookies(request: Request, response: ResponseType) -> ResponseType:
    """Set or delete the cookies that were decided during the request."""
    app_state = resources(request)
    flags: dict[str, Any] = {"httponly": True, "secure": app_state.settings.is_https, "samesite": "lax", "path": "/"}
    if session := getattr(request.state, "session", None):
        response.set_cookie(session_cookie(app_state), session, **flags)
    elif getattr(request.state, "ends_session", False):
        response.delete_cookie(session_cookie(app_state), **flags)
    if form := getattr(request.state, "form_cookie", None):
        response.set_cookie(form_cookie(app_state), form, **flags)
    return response


def csrf_token(app_state: Resources, session_name: str) -> str:
    """Return the CSRF token for the forms of a session. It is keyed, so that no other site can compute it."""
    return app_state.keys.fingerprint(["form", session_name]).hex()


def issue_form_token(request: Request) -> None:
    """Create the CSRF token for forms before sign-in, bound to this browser by a cookie."""
    app_state = resources(request)
    browser = request.cookies.get(form_cookie(app_state), "")
    if not browser:
        browser = request.state.form_cookie = secrets.token_urlsafe(16)
    request.state.form_csrf = csrf_token(app_state, "before " + browser)


async def require_own_form(request: Request, csrf: str) -> None:
    """Check the CSRF token of a form. Raises: FormForeign if it is wrong or another site sent the form."""
    form = await request.form(max_files=0, max_fields=20)
    token = form.get("csrf")
    is_own = isinstance(token, str) and hmac.compare_digest(token.encode(), csrf.encode())
    if not is_own or request.headers.get("sec-fetch-site") not in SAME_SITE:
        raise FormForeign


async def require_own_form_before_sign_in(request: Request) -> None:
    """Check the CSRF token of a form before sign-in. Raises: FormForeign."""
    app_state = resources(request)
    if form_cookie(app_state) not in request.cookies:
        raise FormForeign
    issue_form_token(request)
    await require_own_form(request, request.state.form_csrf)


def safe_next(address: str | None) -> str:
    """Return the address if it is one of our pages; else the first page."""
    return address if address and len(address) <= 500 and NEXT.fullmatch(address) else FIRST
