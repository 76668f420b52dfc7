"""Signing in with a password, staying signed in, changing the password, setting up a second factor."""

from typing import Annotated

from fastapi import APIRouter

from routers.deps import Address, AppState, AutocommitConnection, Now, PasswordSlot, WriteSession
from routers.guard import Requires
from schemas.identity.auth import (
    PasswordChange,
    Proof,
    RecoveryCodes,
    SecondFactorBegun,
    SecondFactorConfirmation,
    SignIn,
    Token,
)
from schemas.identity.devices import Refresh
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import refreshing, sign_in
from service.identity.auth.refreshing import SignedIn

router = APIRouter(prefix="/v1", tags=["auth"])
Changing = Annotated[Actor, Requires(Permission.PASSWORD_CHANGE)]


def token_of(app_state: AppState, signed_in: SignedIn, now: Now) -> Token:
    """What whoever has signed in is answered, by whatever way."""
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
    _turn: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Sign in with login and password, and the authenticator's code where one is set up; with a device, to stay so."""
    return token_of(app_state, await sign_in.sign_in(pool, session, app_state.ways, request, address, now), now)


@router.post("/auth/refreshes")
async def refresh(request: Refresh, pool: AutocommitConnection, app_state: AppState, now: Now) -> Token:
    """Buy the next access token. Keep the refresh token that comes with it; the one sent goes out of use.

    If the answer was lost, send the same again. A token from before that signs the device out: two have it.
    """
    return token_of(
        app_state, await refreshing.refresh(pool, app_state.ways.refreshing, request.refresh_token, now), now
    )


@router.post("/auth/password-changes", status_code=204)
async def change_password(
    request: PasswordChange,
    address: Address,
    _turn: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> None:
    """Change your password, knowing the old one; signs you out everywhere. It may stand before the first sign-in."""
    await sign_in.change_password(pool, session, app_state.ways, request, address, now)


@router.post("/me/password-changes", status_code=204)
async def change_own_password(
    request: PasswordChange,
    address: Address,
    actor: Changing,
    _turn: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
) -> None:
    """The same while signed in: this device stays signed in, every other one does not."""
    await sign_in.change_password(pool, session, app_state.ways, request, address, actor.at, actor)


@router.post("/auth/second-factors", status_code=201)
async def begin_second_factor(
    request: Proof,
    address: Address,
    _turn: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> SecondFactorBegun:
    """Begin to set up an authenticator, or another one (with a code of the one before)."""
    return await sign_in.begin_factor(pool, session, app_state.ways, request, address, now)


@router.post("/auth/second-factors/confirmations")
async def confirm_second_factor(
    request: SecondFactorConfirmation,
    address: Address,
    _turn: PasswordSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> RecoveryCodes:
    """Confirm it with its first code. Each recovery code stands in for a code once; they are shown this once."""
    codes = await sign_in.complete_factor(pool, session, app_state.ways, request, address, now)
    return RecoveryCodes(recovery_codes=codes)
