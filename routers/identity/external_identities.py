"""Sign-in through providers, and the links between persons and their accounts there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from routers.deps import Address, AppState, AuditedReadSession, AutocommitConnection, Now, WriteSession
from routers.guard import Requires
from routers.identity.sign_in import build_token
from schemas.identity.auth import Token
from schemas.identity.external_identities import (
    ExternalIdentitiesOut,
    ExternalIdentityCreate,
    ExternalIdentityOut,
    ProviderOut,
    ProviderSignIn,
    ProvidersOut,
    SignInAttemptCreate,
    SignInAttemptOut,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import accounts
from service.identity.auth import external_identities as identities
from service.identity.auth.adapters.interface import ProviderIdentity

router = APIRouter(prefix="/v1/auth/providers", tags=["auth"])
links = APIRouter(prefix="/v1/people", tags=["auth"])

Writer = Annotated[Actor, Requires(Permission.PERSON_WRITE)]


@router.get("")
async def list_providers(app_state: AppState) -> ProvidersOut:
    """The configured sign-in providers, in the order to show them."""
    all_settings = app_state.sign_in_providers.all_settings()
    return ProvidersOut(items=[ProviderOut.model_validate(settings) for settings in all_settings])


async def _sign_in_request(
    provider: str, address: Address, app_state: AppState, pool: AutocommitConnection
) -> identities.SignInRequest:
    """The provider and address of a sign-in; its requests are limited by address."""
    app_state.limits.count_address(app_state.sign_in_tools.attempts.address(address))
    return identities.SignInRequest(pool, app_state.sign_in_tools, provider, address)


SignInRequest = Annotated[identities.SignInRequest, Depends(_sign_in_request)]


@router.post("/{provider}/attempts", status_code=201)
async def begin_sign_in(
    sign_in_request: SignInRequest, request: SignInAttemptCreate, app_state: AppState
) -> SignInAttemptOut:
    """Start a sign-in at a provider: returns an attempt to keep and the provider's page to open."""
    return SignInAttemptOut.model_validate(
        await app_state.sign_in_providers.start(sign_in_request.provider, request.redirect_uri)
    )


async def _identify(sign_in_request: SignInRequest, request: ProviderSignIn, app_state: AppState) -> ProviderIdentity:
    return await identities.identify(sign_in_request, app_state.sign_in_providers, request)


@router.post("/{provider}/tokens")
async def finish_sign_in(
    sign_in_request: SignInRequest,
    request: ProviderSignIn,
    identity: Annotated[ProviderIdentity, Depends(_identify)],
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Finish a sign-in: exchange the provider's code for a token.

    No person is created; an administrator links accounts to persons.
    """
    return build_token(
        app_state, await identities.sign_in(session, sign_in_request, identity, request.device, now), now
    )


@links.get("/{person_id}/external-identities")
async def list_identities(person_id: UUID, actor: Writer, audited: AuditedReadSession) -> ExternalIdentitiesOut:
    """The provider accounts of a person of your organisations. Written to the access log."""
    rows = await accounts.linked_identities(audited.session, actor, person_id)
    await audited.log("auth.identities_read", actor, person_id)
    return ExternalIdentitiesOut(items=[ExternalIdentityOut.model_validate(row) for row in rows])


@links.put("/{person_id}/external-identities/{provider}", status_code=204)
async def link_identity(
    person_id: UUID,
    provider: str,
    request: ExternalIdentityCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
) -> None:
    """Link a person of your organisations to a provider account; not if posted outside your reach.

    Replacing another account signs the person's devices out.
    """
    await accounts.link_identity(session, actor, app_state.sign_in_providers, person_id, provider, request.subject)


@links.delete("/{person_id}/external-identities/{provider}", status_code=204)
async def unlink_identity(person_id: UUID, provider: str, actor: Writer, session: WriteSession) -> None:
    """Remove the link. The person's devices are signed out, and the account no longer signs in."""
    await accounts.unlink_identity(session, actor, person_id, provider)
