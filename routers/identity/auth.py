"""Service clients: sign in as one, manage them; and the public keys that verify our signatures."""

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
from routers.identity.sign_in import build_token
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
    _slot: ClientSecretSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Sign in as a service client, such as the receiver of an organisation's webhooks."""
    return build_token(
        app_state, await clients.sign_in_client(pool, session, app_state.sign_in_tools, request, address, now), now
    )


@router.post("/v1/auth/oauth/token")
async def sign_in_oauth_client(
    body: Annotated[ClientCredentials, Form()],
    request: Request,
    address: Address,
    _slot: ClientSecretSlot,
    pool: AutocommitConnection,
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> OAuthToken:
    """Sign in as a service client with OAuth 2.0 (RFC 6749 §4.4), for standard clients.

    Send a form; the credentials are in the form or in HTTP Basic.
    """
    credentials = _parse_credentials(body, request.headers.get("authorization", ""))
    signed_in = await clients.sign_in_client(pool, session, app_state.sign_in_tools, credentials, address, now)
    token = build_token(app_state, signed_in, now)
    return OAuthToken(access_token=token.access_token, token_type="Bearer", expires_in=token.expires_in_s)  # noqa: S106 - the scheme's name


def _parse_credentials(request: ClientCredentials, header: str) -> ClientSignIn:
    """Id and secret from HTTP Basic or the form. Raises: SignInFailed when they are missing or malformed."""
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
    """The public keys that verify our access tokens, chain heads and dossiers (RFC 7517)."""
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
    """Create a service client of an organisation. Its secret is shown only once."""
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
    """The service clients of your organisations, newest first, without their secrets."""
    clients_page = await clients.page(session, actor, query)
    return page_of(clients_page, ServiceClientOut)


@router.post("/v1/service-clients/{client_id}/secrets", status_code=201)
async def renew_client_secret(
    client_id: UUID, actor: Writer, session: WriteSession, app_state: AppState
) -> ServiceClientSecret:
    """Give a service client a new secret, which is shown only once.

    The secret in use works for one more day.
    If the answer was lost, repeat the request.
    """
    overlap = timedelta(seconds=app_state.settings.client_secret_overlap_s)
    client, secret = await clients.renew_secret(session, app_state.passwords, actor, client_id, overlap)
    return ServiceClientSecret(client=ServiceClientOut.model_validate(client), client_secret=secret)


@router.put("/v1/service-clients/{client_id}/end", response_model=ServiceClientOut)
async def end_client(client_id: UUID, actor: Writer, session: WriteSession) -> ServiceClient:
    """End a service client. Its secrets stop working at once."""
    return await clients.end_client(session, actor, client_id)
