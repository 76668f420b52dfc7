"""Signing in, service clients, and the key that verifies our tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import Held, Now, PasswordTurn, Writing, created, sent
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
from service.access.actor import Actor
from service.access.permissions import Permission
from service.auth import actions
from service.auth.tokens import Principal, jwk

router = APIRouter(tags=["auth"])
Writer = Annotated[Actor, Requires(Permission.SERVICE_CLIENT_WRITE)]


def _token(held: Held, principal: Principal, now: Now) -> Token:
    return Token(
        access_token=held.tokens.issue(principal, now),
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in_s=held.settings.access_token_s,
    )


@router.post("/v1/auth/tokens")
async def sign_in(asked: SignIn, _turn: PasswordTurn, session: Writing, held: Held, now: Now) -> Token:
    """Sign in with login and password."""
    return _token(held, await actions.sign_in(session, held.passwords, asked), now)


@router.post("/v1/auth/client-tokens")
async def sign_in_client(asked: ClientSignIn, _turn: PasswordTurn, session: Writing, held: Held, now: Now) -> Token:
    """Sign in as a service client, such as the receiver of an organisation's webhooks."""
    return _token(held, await actions.sign_in_client(session, held.passwords, asked), now)


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
