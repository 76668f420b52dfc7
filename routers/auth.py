"""Signing in, service clients, and the key that verifies our tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import Held, Hot, Now, PasswordTurn, Writing, created, sent
from routers.guard import Requires
from schemas.auth import (
    ClientSignIn,
    Jwks,
    ServiceClientAsked,
    ServiceClientOut,
    ServiceClientSecret,
    SignIn,
    Token,
)
from schemas.devices import Refresh
from service.access.actor import Actor
from service.access.permissions import Permission
from service.auth import actions, refreshing
from service.auth.refreshing import SignedIn
from service.auth.tokens import jwk

router = APIRouter(tags=["auth"])
Writer = Annotated[Actor, Requires(Permission.SERVICE_CLIENT_WRITE)]


def token_of(held: Held, signed_in: SignedIn, now: Now) -> Token:
    """What whoever has signed in is answered, by whatever way."""
    return Token(
        access_token=held.tokens.issue(signed_in.principal, now),
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in_s=held.settings.access_token_s,
        refresh_token=signed_in.refresh_token,
        refresh_expires_at=signed_in.refresh_expires_at,
    )


@router.post("/v1/auth/tokens")
async def sign_in(asked: SignIn, _turn: PasswordTurn, session: Writing, held: Held, now: Now) -> Token:
    """Sign in with login and password; with a device, to stay signed in on it."""
    return token_of(held, await actions.sign_in(session, held.passwords, held.refreshing, asked, now), now)


@router.post("/v1/auth/refreshes")
async def refresh(asked: Refresh, hot: Hot, held: Held, now: Now) -> Token:
    """Buy the next access token. Keep the refresh token that comes with it; the one sent goes out of use.

    If the answer was lost, send the same again. A token from before that signs the device out: two have it.
    """
    return token_of(held, await refreshing.refresh(hot, held.refreshing, asked.refresh_token, now), now)


@router.post("/v1/auth/client-tokens")
async def sign_in_client(asked: ClientSignIn, _turn: PasswordTurn, session: Writing, held: Held, now: Now) -> Token:
    """Sign in as a service client, such as the receiver of an organisation's webhooks."""
    return token_of(held, await actions.sign_in_client(session, held.passwords, asked), now)


@router.get("/.well-known/jwks.json")
async def jwks(held: Held) -> Jwks:
    """The public keys that verify our tokens and our seals, dossiers among them (RFC 7517)."""
    return Jwks(keys=[*held.tokens.jwks(), jwk(held.keys.seal.public_key())])


@router.put("/v1/service-clients/{client_id}", status_code=201, responses={200: {"description": "Sent before."}})
async def create_client(
    client_id: UUID, asked: ServiceClientAsked, actor: Writer, session: Writing, held: Held, response: Response
) -> ServiceClientSecret:
    """Create a service client of an organisation; its secret is shown this once."""
    client, secret = await actions.create_client(
        session, held.passwords, actor, client_id, asked, held.keys.same(sent(asked))
    )
    created(response, secret is not None, client.version)
    return ServiceClientSecret(client=ServiceClientOut.model_validate(client), client_secret=secret)
