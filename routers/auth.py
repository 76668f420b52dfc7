"""Service clients, and the keys that verify our tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import Held, Now, PasswordTurn, Writing, created, sent
from routers.guard import Requires
from routers.sign_in import token_of
from schemas.auth import (
    ClientSignIn,
    Jwks,
    ServiceClientAsked,
    ServiceClientOut,
    ServiceClientSecret,
    Token,
)
from service.access.actor import Actor
from service.access.permissions import Permission
from service.auth import clients
from service.auth.tokens import jwk

router = APIRouter(tags=["auth"])
Writer = Annotated[Actor, Requires(Permission.SERVICE_CLIENT_WRITE)]


@router.post("/v1/auth/client-tokens")
async def sign_in_client(asked: ClientSignIn, _turn: PasswordTurn, session: Writing, held: Held, now: Now) -> Token:
    """Sign in as a service client, such as the receiver of an organisation's webhooks."""
    return token_of(held, await clients.sign_in_client(session, held.passwords, asked), now)


@router.get("/.well-known/jwks.json")
async def jwks(held: Held) -> Jwks:
    """The public keys that verify our tokens and our seals, dossiers among them (RFC 7517)."""
    return Jwks(keys=[*held.tokens.jwks(), jwk(held.keys.seal.public_key())])


@router.put("/v1/service-clients/{client_id}", status_code=201, responses={200: {"description": "Sent before."}})
async def create_client(
    client_id: UUID, asked: ServiceClientAsked, actor: Writer, session: Writing, held: Held, response: Response
) -> ServiceClientSecret:
    """Create a service client of an organisation; its secret is shown this once."""
    client, secret = await clients.create_client(
        session, held.passwords, actor, client_id, asked, held.keys.same(sent(asked))
    )
    created(response, secret is not None, client.version)
    return ServiceClientSecret(client=ServiceClientOut.model_validate(client), client_secret=secret)
