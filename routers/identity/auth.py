"""Service clients: signing in as one, keeping them; and the keys that verify our tokens."""

from base64 import b64decode
from datetime import timedelta
from typing import Annotated
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import ValidationError

from routers.deps import (
    Address,
    AppState,
    AutocommitConnection,
    ClientSecretSlot,
    Now,
    ReadSession,
    WriteSession,
    page_of,
    set_created,
)
from routers.guard import Requires
from routers.identity.sign_in import token_of
from schemas.foundation.common import Page, canonical_fields
from schemas.identity.auth import (
    ClientCredentials,
    ClientSignIn,
    Jwks,
    OAuthToken,
    ServiceClientCreate,
    ServiceClientOut,
    ServiceClientQuery,
    ServiceClientSecret,
    Token,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import clients
from service.identity.auth.errors import SignInFailed
from service.identity.auth.tables import ServiceClient
from service.identity.auth.tokens import jwk

router = APIRouter(tags=["auth"])
Reader = Annotated[Actor, Requires(Permission.SERVICE_CLIENT_READ)]
Writer = Annotated[Actor, Requires(Permission.SERVICE_CLIENT_WRITE)]


@router.post("/v1/auth/client-tokens")
async def sign_in_client(
    request: ClientSignIn,
    address: Address,
    _turn: ClientSecretSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Sign in as a service client, such as the receiver of an organisation's webhooks."""
    return token_of(app_state, await clients.sign_in_client(pool, session, app_state.ways, request, address, now), now)


@router.post("/v1/auth/oauth/token")
async def sign_in_oauth_client(
    body: Annotated[ClientCredentials, Form()],
    request: Request,
    address: Address,
    _turn: ClientSecretSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> OAuthToken:
    """The same in the form of OAuth 2.0 (RFC 6749 §4.4), for stock clients: a form, with HTTP Basic or without."""
    named = _named(body, request.headers.get("authorization", ""))
    signed_in = await clients.sign_in_client(pool, session, app_state.ways, named, address, now)
    token = token_of(app_state, signed_in, now)
    return OAuthToken(access_token=token.access_token, token_type="Bearer", expires_in=token.expires_in_s)  # noqa: S106 - the scheme's name


def _named(request: ClientCredentials, header: str) -> ClientSignIn:
    """Id and secret, from HTTP Basic where it is used. Raises SignInFailed for what cannot be one."""
    client_id, secret = request.client_id, request.client_secret
    scheme, _, basic = header.partition(" ")
    try:
        if scheme.lower() == "basic":
            # both parts are form-encoded before they are joined (RFC 6749 §2.3.1)
            client_id, _, secret = b64decode(basic.strip(), validate=True).decode().partition(":")
            client_id, secret = unquote_plus(client_id), unquote_plus(secret)
        return ClientSignIn.model_validate({"client_id": client_id, "client_secret": secret})
    except (ValueError, ValidationError):
        raise SignInFailed from None


@router.get("/.well-known/jwks.json")
async def jwks(app_state: AppState, now: Now) -> Jwks:
    """The public keys that verify our tokens, chain heads and dossiers (RFC 7517)."""
    return Jwks(keys=[*app_state.tokens.jwks(now), jwk(app_state.keys.signing.public_key())])


@router.put("/v1/service-clients/{client_id}", status_code=201, responses={200: {"description": "Sent before."}})
async def create_client(
    client_id: UUID,
    request: ServiceClientCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ServiceClientSecret:
    """Create a service client of an organisation; its secret is shown this once."""
    client, secret = await clients.create_client(
        session, app_state.passwords, actor, client_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, secret is not None, client.version)
    return ServiceClientSecret(client=ServiceClientOut.model_validate(client), client_secret=secret)


@router.get("/v1/service-clients")
async def list_clients(
    actor: Reader,
    query: Annotated[ServiceClientQuery, Query()],
    session: ReadSession,
) -> Page[ServiceClientOut]:
    """The service clients of your organisations, newest first; without their secrets."""
    found = await clients.page(session, actor, query)
    return page_of(found, ServiceClientOut)


@router.post("/v1/service-clients/{client_id}/secrets", status_code=201)
async def renew_client_secret(
    client_id: UUID, actor: Writer, session: WriteSession, app_state: AppState
) -> ServiceClientSecret:
    """A new secret, shown this once; the one in use goes on for a day. Was the answer lost? Ask again."""
    overlap = timedelta(seconds=app_state.settings.client_secret_overlap_s)
    client, secret = await clients.renew_secret(session, app_state.passwords, actor, client_id, overlap)
    return ServiceClientSecret(client=ServiceClientOut.model_validate(client), client_secret=secret)


@router.put("/v1/service-clients/{client_id}/end", response_model=ServiceClientOut)
async def end_client(client_id: UUID, actor: Writer, session: WriteSession) -> ServiceClient:
    """End a service client: none of its secrets is good any more."""
    return await clients.end_client(session, actor, client_id)
