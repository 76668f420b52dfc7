"""Pages to sign in, sign out, change the password and switch the language."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from routers.deps import Address, AppState, AutocommitConnection, Now, PasswordSlot, WriteSession
from routers.identity.second_factor_pages import second_factor_form
from routers.pages import session as on_page
from routers.pages.forms import fields, parse_form
from routers.pages.session import RequiresOnPage, safe_next
from routers.pages.shell import LANGUAGE_COOKIE, SIGN_IN, language_of, page, redirect_to
from schemas.identity.auth import PasswordChange, SignIn
from schemas.identity.devices import DeviceCreate
from service.foundation.errors import DomainError, Kind
from service.foundation.ids import new_id
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import devices, sign_in
from service.identity.people.consents import require_person

router = APIRouter(prefix="/pages", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)
SigningOut = Annotated[Actor, RequiresOnPage(Permission.DEVICE_REVOKE)]
OwnForm = Annotated[None, Depends(on_page.require_own_form_before_sign_in)]
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("QQBrowser", "QQ"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Trident", "IE"),
    ("Safari", "Safari"),
)
"""Text in the User-Agent header, and the name of the browser; the first match counts."""
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("Mac OS", "Mac"), ("Linux", "Linux"))


class PasswordsDiffer(DomainError):
    """The two new passwords differ. Type the same new password twice."""

    kind, code = Kind.INVALID, "page.passwords_differ"
    zh = "两次输入的新密码不一致，请重新输入。"


@router.get("/sign-in")
async def show_sign_in(request: Request, next_: Annotated[str, Query(alias="next", max_length=2000)] = "") -> Response:
    """The sign-in form."""
    return _sign_in_form(request, 200, next_, "", "")


@router.post("/sign-in")
async def sign_in_on_page(
    request: Request,
    _own: OwnForm,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Response:
    """Sign in. This browser becomes a device of the person until it is signed out."""
    form = await fields(request, "login", "password", "code", "next")
    login, next_ = form["login"], form["next"]

    def again(status: int, code: str, sentence: str) -> Response:
        if code == "auth.password_change_needed":
            return _password_form(request, 200, login, "")
        if code == "auth.second_factor_enrolment_needed":
            return second_factor_form(request, 200, login, "")
        return _sign_in_form(request, status, next_, login, sentence)

    request.state.again = again
    body = parse_form(
        SignIn, login=login, password=form["password"], code=form["code"] or None, device=_device(request)
    )
    signed_in = await sign_in.sign_in(pool, session, app_state.sign_in_tools, body, address, now)
    on_page.keep_session(request, app_state, signed_in, now)
    return redirect_to(request, safe_next(next_))


@router.get("/password")
async def show_password(request: Request) -> Response:
    """The form to change a password, before or after signing in."""
    return _password_form(request, 200, "", "")


@router.post("/password")
async def change_password_on_page(
    request: Request,
    _own: OwnForm,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Response:
    """Change the password with the old one, then show the sign-in form."""
    form = await fields(request, "login", "password", "code", "new_password", "new_again")
    request.state.again = lambda status, _, sentence: _password_form(request, status, form["login"], sentence)
    if form["new_password"] != form["new_again"]:
        raise PasswordsDiffer
    values = {name: form[name] for name in ("login", "password", "new_password")}
    body = parse_form(PasswordChange, **values, code=form["code"] or None)
    await sign_in.change_password(pool, session, app_state.sign_in_tools, body, address, now)
    on_page.end_session(request)
    return redirect_to(request, f"{SIGN_IN}?changed")


@router.post("/sign-out")
async def sign_out_on_page(request: Request, actor: SigningOut, session: WriteSession) -> Response:
    """Sign this browser out.

    A request with a bearer token has no device to sign out; a service client is refused.
    """
    require_person(actor)
    if actor.device_id:
        await devices.revoke_own(session, actor, actor.device_id)
    on_page.end_session(request)
    return redirect_to(request, SIGN_IN)


@router.get("/language")
async def switch_language(
    request: Request,
    app_state: AppState,
    to: str = "",
    next_: Annotated[str, Query(alias="next", max_length=2000)] = "",
) -> Response:
    """Store the language of this browser, Chinese or English, in a cookie."""
    answer = redirect_to(request, safe_next(next_))
    answer.set_cookie(
        LANGUAGE_COOKIE,
        "en" if to == "en" else "zh",
        max_age=365 * 86_400,
        httponly=True,
        secure=app_state.settings.is_https,
        samesite="lax",
    )
    return answer


def _sign_in_form(request: Request, status: int, next_: str, login: str, notice: str) -> Response:
    on_page.issue_form_token(request)
    has_changed = "changed" in request.query_params
    values = {"next": next_, "login": login, "notice": notice, "has_changed": has_changed}
    return page(request, "sign_in.html", status, form_csrf=request.state.form_csrf, **values)


def _password_form(request: Request, status: int, login: str, notice: str) -> Response:
    on_page.issue_form_token(request)
    return page(request, "password.html", status, form_csrf=request.state.form_csrf, login=login, notice=notice)


def _device(request: Request) -> DeviceCreate:
    """This browser as a device, with a name that the person recognises.

    The User-Agent itself is not stored.
    """
    agent = request.headers.get("user-agent", "")
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    web = "Web page" if language_of(request) == "en" else "网页"
    return DeviceCreate(id=new_id(), name=" · ".join(part for part in (web, browser, system) if part))
