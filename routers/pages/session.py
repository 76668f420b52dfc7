"""Being signed in on a page: a device like any other, its tokens in one cookie that no script can read.

So devices, lock-out, second factor and sign-out hold here as they do for the app. The access token in it is renewed
by the refresh token beside it when its ten minutes are over. Every form bears a token of its own session.
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
"""What `Sec-Fetch-Site` says of a form of ours; old browsers do not say it."""
Answer = TypeVar("Answer", bound=Response)


class FormForeign(DomainError):
    """This form is out of date; nothing was changed. Go back, reload the page and send it again."""

    kind, code = Kind.FORBIDDEN, "page.form_foreign"
    zh = "此表单已失效，没有做任何改动。请返回上一页，刷新后再提交。"


class PageGuard(Guard):
    """Reads the session's cookie; a program may send a bearer token instead, as everywhere."""

    async def __call__(self, request: Request) -> Actor:
        if "authorization" in request.headers:
            return await super().__call__(request)
        app_state = resources(request)
        now = app_state.clock()
        principal = await _principal(request, app_state, now)
        request.state.csrf = csrf_of(app_state, str(principal.device_id))
        actor = self.counted(app_state, principal, now)
        if request.method != "GET":
            await must_be_own_form(request, request.state.csrf)
        return actor


def RequiresOnPage(permission: Permission) -> Any:  # noqa: N802 - reads as a declaration in a signature, like Depends
    """The actor behind the page's session, asking for this one permission. Raises what `Requires` does, FormForeign."""
    return Depends(PageGuard(permission))


async def _principal(request: Request, app_state: Resources, now: datetime) -> Principal:
    access, _, refresh = request.cookies.get(session_cookie(app_state), "").partition("|")
    if not refresh:
        raise TokenMissing
    try:
        return app_state.tokens.verify(access, now)
    except TokenExpired:
        return await _renewed(request, app_state, refresh, now)
    except TokenInvalid:
        end(request)
        raise


async def _renewed(request: Request, app_state: Resources, refresh: str, now: datetime) -> Principal:
    try:
        signed_in = await refresh_tokens.refresh(app_state.pool, app_state.sign_in_tools.refresh_tokens, refresh, now)
    except DomainError:  # it was refused; a database that is merely busy takes no session away
        end(request)
        raise
    keep(request, app_state, signed_in, now)
    return signed_in.principal


def session_cookie(app_state: Resources) -> str:
    """`__Host-`: set by us over TLS alone, for all paths of this host and no other."""
    return "__Host-session" if app_state.settings.is_https else "session"


def form_cookie(app_state: Resources) -> str:
    """What ties a form to a browser that has not signed in yet."""
    return "__Host-form" if app_state.settings.is_https else "form"


def keep(request: Request, app_state: Resources, signed_in: SignedIn, now: datetime) -> None:
    """Let the answer carry the session: until the browser is closed, or the device is signed out."""
    access = app_state.tokens.issue(signed_in.principal, now)
    request.state.session = f"{access}|{signed_in.refresh_token}"


def end(request: Request) -> None:
    """Let the answer take the session away."""
    request.state.ends_session = True
    request.state.session = None


def with_cookies(request: Request, answer: Answer) -> Answer:
    """The answer with what was decided about cookies on the way."""
    app_state = resources(request)
    flags: dict[str, Any] = {"httponly": True, "secure": app_state.settings.is_https, "samesite": "lax", "path": "/"}
    if session := getattr(request.state, "session", None):
        answer.set_cookie(session_cookie(app_state), session, **flags)
    elif getattr(request.state, "ends_session", False):
        answer.delete_cookie(session_cookie(app_state), **flags)
    if form := getattr(request.state, "form_cookie", None):
        answer.set_cookie(form_cookie(app_state), form, **flags)
    return answer


def csrf_of(app_state: Resources, what: str) -> str:
    """The token that the forms of a session bear; keyed, so that nobody makes one for another's."""
    return app_state.keys.fingerprint(["form", what]).hex()


def before_sign_in(request: Request) -> None:
    """Give the forms before a sign-in a token tied to this browser."""
    app_state = resources(request)
    known = request.cookies.get(form_cookie(app_state), "")
    if not known:
        known = request.state.form_cookie = secrets.token_urlsafe(16)
    request.state.form_csrf = csrf_of(app_state, "before " + known)


async def must_be_own_form(request: Request, csrf: str) -> None:
    """Raises FormForeign when the form lacks the session's token, or the browser says that another site sent it."""
    form = await request.form(max_files=0, max_fields=20)
    sent = form.get("csrf")
    is_own = isinstance(sent, str) and hmac.compare_digest(sent.encode(), csrf.encode())
    if not is_own or request.headers.get("sec-fetch-site") not in SAME_SITE:
        raise FormForeign


async def must_be_own_form_before_sign_in(request: Request) -> None:
    """The same before there is a session. Raises FormForeign."""
    app_state = resources(request)
    if form_cookie(app_state) not in request.cookies:
        raise FormForeign
    before_sign_in(request)
    await must_be_own_form(request, request.state.form_csrf)


def safe_next(address: str | None) -> str:
    """One of our pages to go on with; whatever else was asked for leads to the first page."""
    return address if address and len(address) <= 500 and NEXT.fullmatch(address) else FIRST
