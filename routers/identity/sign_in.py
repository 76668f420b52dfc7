"""Sign in with a password, refresh tokens, change the password, set up a second factor."""

from typing import Annotated

from fastapi import APIRouter

from routers.deps import Address, AppState, AutocommitConnection, Now, PasswordSlot, WriteSession
from routers.guard import Requires
from schemas.identity.auth import (
    LoginWithCode,
    PasswordChange,
    RecoveryCodes,
    SecondFactorConfirmation,
    SecondFactorSecret,
    SignIn,
    Token,
)
from schemas.identity.devices import Refresh
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import refresh_tokens, sign_in
from service.identity.auth.refresh_tokens import SignedIn

router = APIRouter(prefix="/v1", tags=["auth"])
PasswordChanger = Annotated[Actor, Requires(Permission.PASSWORD_CHANGE)]


def build_token(app_state: AppState, signed_in: SignedIn, now: Now) -> Token:
    """The answer to every successful sign-in."""
    return Token(
        access_token=app_state.tokens.issue(signed_in.principal, now),
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in_s=app_state.settings.access_token_s,
        refresh_token=signed_in.refresh_token,
        refresh_expires_at=signed_in.refresh_expires_at,
    )


@router.post("/auth/tokens")
async def sign_in_with_password(
    request: SignIn,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Sign in with login and password, and with the authenticator's code if the person has one.

    Name a device to stay signed in on it.
    """
    return build_token(
        app_state, await sign_in.sign_in(pool, session, app_state.sign_in_tools, request, address, now), now
    )


@router.post("/auth/refreshes")
async def refresh(request: Refresh, pool: AutocommitConnection, app_state: AppState, now: Now) -> Token:
    """Exchange a refresh token for the next access token and refresh token. Store the new refresh token.

    If the answer was lost, send the same token again. An older token signs the device out, because it may be stolen.
    """
    return build_token(
        app_state,
        await refresh_tokens.refresh(pool, app_state.sign_in_tools.refresh_tokens, request.refresh_token, now),
        now,
    )


@router.post("/auth/password-changes", status_code=204)
async def change_password(
    request: PasswordChange,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> None:
    """Change your password with the old one, without being signed in. Every device is signed out."""
    await sign_in.change_password(pool, session, app_state.sign_in_tools, request, address, now)


@router.post("/me/password-changes", status_code=204)
async def change_own_password(
    request: PasswordChange,
    address: Address,
    actor: PasswordChanger,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
) -> None:
    """Change your password while signed in. Every other device is signed out."""
    await sign_in.change_password(pool, session, app_state.sign_in_tools, request, address, actor.at, actor)


@router.post("/auth/second-factors", status_code=201)
async def begin_second_factor(
    request: LoginWithCode,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> SecondFactorSecret:
    """Begin to set up an authenticator. Replacing one needs a code of the old authenticator."""
    return await sign_in.begin_second_factor(pool, session, app_state.sign_in_tools, request, address, now)


@router.post("/auth/second-factors/confirmations")
async def confirm_second_factor(
    request: SecondFactorConfirmation,
    address: Address,
    _slot: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> RecoveryCodes:
    """Confirm the authenticator with its first code.

    The answer contains the recovery codes, shown only once.
    """
    codes = await sign_in.confirm_second_factor(pool, session, app_state.sign_in_tools, request, address, now)
    return RecoveryCodes(recovery_codes=codes)
