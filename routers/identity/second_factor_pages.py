"""Pages to set up an authenticator: begin, then confirm with a code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from routers.deps import Address, AppState, AutocommitConnection, Now, PasswordSlot, WriteSession
from routers.pages import session as on_page
from routers.pages.forms import fields, parse_form
from routers.pages.shell import page
from schemas.identity.auth import LoginWithCode, SecondFactorConfirmation
from service.identity.auth import sign_in

router = APIRouter(
    prefix="/pages/second-factor", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse
)
OwnForm = Annotated[None, Depends(on_page.require_own_form_before_sign_in)]


@router.get("")
async def show_second_factor(request: Request) -> Response:
    """The form that begins the set-up."""
    return second_factor_form(request, 200, "", "")


@router.post("")
async def begin_second_factor_on_page(
    request: Request,
    _own: OwnForm,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Response:
    """Begin the set-up and show the secret, only this once."""
    form = await fields(request, "login", "password", "code")
    request.state.again = lambda status, _, sentence: second_factor_form(request, status, form["login"], sentence)
    body = parse_form(LoginWithCode, login=form["login"], password=form["password"], code=form["code"] or None)
    secret = await sign_in.begin_second_factor(pool, session, app_state.sign_in_tools, body, address, now)
    return _confirmation(request, 200, form["login"], "", secret.secret, secret.uri)


@router.post("/confirmation")
async def confirm_second_factor_on_page(
    request: Request,
    _own: OwnForm,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Response:
    """Confirm the authenticator with its first code and show the recovery codes, only this once."""
    form = await fields(request, "login", "password", "code")
    request.state.again = lambda status, _, sentence: _confirmation(request, status, form["login"], sentence, "", "")
    body = parse_form(SecondFactorConfirmation, **form)
    codes = await sign_in.confirm_second_factor(pool, session, app_state.sign_in_tools, body, address, now)
    return page(request, "recovery_codes.html", codes=codes)


def second_factor_form(request: Request, status: int, login: str, notice: str) -> Response:
    """The form that begins the set-up of an authenticator; it needs no earlier sign-in."""
    on_page.issue_form_token(request)
    return page(request, "second_factor.html", status, form_csrf=request.state.form_csrf, login=login, notice=notice)


def _confirmation(request: Request, status: int, login: str, notice: str, secret: str, uri: str) -> Response:
    on_page.issue_form_token(request)
    values = {"form_csrf": request.state.form_csrf, "login": login, "notice": notice, "secret": secret, "uri": uri}
    return page(request, "second_factor_code.html", status, **values)
