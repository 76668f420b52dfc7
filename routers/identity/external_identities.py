"""Signing in through somebody else's login, and which account there is which person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from routers.deps import Address, AppState, AuditedReadSession, Hot, Now, WriteSession
from routers.guard import Requires
from routers.identity.sign_in import token_of
from schemas.identity.auth import Token
from schemas.identity.external_identities import (
    ExternalIdentitiesOut,
    ExternalIdentityCreate,
    ExternalIdentityOut,
    ProviderOut,
    ProvidersOut,
    SecondFactorConfirm,
    SignInAttemptCreate,
    SignInAttemptOut,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import external_identities as identities
from service.identity.auth.adapters.interface import Identified
from service.identity.people import queries

router = APIRouter(prefix="/v1/auth/providers", tags=["auth"])
links = APIRouter(prefix="/v1/people", tags=["auth"])

Writer = Annotated[Actor, Requires(Permission.PERSON_WRITE)]


@router.get("")
async def list_providers(app_state: AppState) -> ProvidersOut:
    """The ways to sign in besides the password."""
    return ProvidersOut(items=[ProviderOut.model_validate(one) for one in app_state.round_trips.listed()])


async def _asking(provider: str, address: Address, app_state: AppState, hot: Hot) -> identities.Asking:
    """Who asks; counted by address, because nobody is signed in yet."""
    app_state.limits.count_address(app_state.ways.attempts.address(address))
    return identities.Asking(hot, app_state.ways, provider, address)


Asking = Annotated[identities.Asking, Depends(_asking)]


@router.post("/{provider}/attempts", status_code=201)
async def begin_sign_in(asking: Asking, request: SignInAttemptCreate, app_state: AppState) -> SignInAttemptOut:
    """Begin: an attempt to keep, and the provider's page to open."""
    return SignInAttemptOut.model_validate(await app_state.round_trips.start(asking.provider, request.redirect_uri))


async def _identified(asking: Asking, request: SecondFactorConfirm, app_state: AppState) -> Identified:
    return await identities.identify(asking, app_state.round_trips, request)


@router.post("/{provider}/tokens")
async def finish_sign_in(
    asking: Asking,
    request: SecondFactorConfirm,
    identified: Annotated[Identified, Depends(_identified)],
    session: WriteSession,
    app_state: AppState,
    now: Now,
) -> Token:
    """Finish: the code that came back, for a token. Nobody is created; an administrator links accounts to people."""
    return token_of(app_state, await identities.sign_in(session, asking, identified, request.device, now), now)


@links.get("/{person_id}/external-identities")
async def list_identities(person_id: UUID, actor: Writer, door: AuditedReadSession) -> ExternalIdentitiesOut:
    """The accounts a person of your organisations signs in with. Written to the access log."""
    person = await queries.person_in_hand(door.session, actor, person_id)
    await door.log("auth.identities_read", actor, person_id)
    found = await identities.linked_to(door.session, person)
    return ExternalIdentitiesOut(items=[ExternalIdentityOut.model_validate(one) for one in found])


@links.put("/{person_id}/external-identities/{provider}", status_code=204)
async def link_identity(
    person_id: UUID,
    provider: str,
    request: ExternalIdentityCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
) -> None:
    """Say which account is this person's; nobody posted beyond your reach, as with a password.

    Another account than before signs the person's devices out.
    """
    person = await queries.person_to_let_in(session, actor, person_id)
    subject = app_state.round_trips.normal(provider, request.subject)
    await identities.link(session, person, provider, subject, now=actor.at, by=actor.id)


@links.delete("/{person_id}/external-identities/{provider}", status_code=204)
async def unlink_identity(person_id: UUID, provider: str, actor: Writer, session: WriteSession) -> None:
    """Take the account off the person, who is signed out and can no longer sign in with it."""
    person = await queries.person_to_let_in(session, actor, person_id)
    await identities.unlink(session, person, provider, now=actor.at, by=actor.id)
