"""Signing in through somebody else's login, and which account there is which person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from routers.deps import Address, Held, Hot, Logged, Now, Writing
from routers.guard import Requires
from routers.identity.sign_in import token_of
from schemas.identity.auth import Token
from schemas.identity.external_identities import (
    AttemptAsked,
    AttemptOut,
    CodeAsked,
    IdentitiesOut,
    IdentityAsked,
    IdentityOut,
    ProviderOut,
    ProvidersOut,
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
async def list_providers(held: Held) -> ProvidersOut:
    """The ways to sign in besides the password."""
    return ProvidersOut(items=[ProviderOut.model_validate(one) for one in held.round_trips.listed()])


async def _asking(provider: str, address: Address, held: Held, hot: Hot) -> identities.Asking:
    """Who asks; counted by address, because nobody is signed in yet."""
    held.limits.count_address(held.ways.attempts.address(address))
    return identities.Asking(hot, held.ways, provider, address)


Asking = Annotated[identities.Asking, Depends(_asking)]


@router.post("/{provider}/attempts", status_code=201)
async def begin_sign_in(asking: Asking, asked: AttemptAsked, held: Held) -> AttemptOut:
    """Begin: an attempt to keep, and the provider's page to open."""
    return AttemptOut.model_validate(await held.round_trips.start(asking.provider, asked.redirect_uri))


async def _identified(asking: Asking, asked: CodeAsked, held: Held) -> Identified:
    return await identities.identify(asking, held.round_trips, asked)


@router.post("/{provider}/tokens")
async def finish_sign_in(
    asking: Asking,
    asked: CodeAsked,
    identified: Annotated[Identified, Depends(_identified)],
    session: Writing,
    held: Held,
    now: Now,
) -> Token:
    """Finish: the code that came back, for a token. Nobody is created; an administrator links accounts to people."""
    return token_of(held, await identities.sign_in(session, asking, identified, asked.device, now), now)


@links.get("/{person_id}/external-identities")
async def list_identities(person_id: UUID, actor: Writer, door: Logged) -> IdentitiesOut:
    """The accounts a person of your organisations signs in with. Written to the access log."""
    person = await queries.person_in_hand(door.session, actor, person_id)
    await door.log("auth.identities_read", actor, person_id)
    found = await identities.linked_to(door.session, person)
    return IdentitiesOut(items=[IdentityOut.model_validate(one) for one in found])


@links.put("/{person_id}/external-identities/{provider}", status_code=204)
async def link_identity(
    person_id: UUID, provider: str, asked: IdentityAsked, actor: Writer, session: Writing, held: Held
) -> None:
    """Say which account is this person's; nobody posted beyond your reach, as with a password.

    Another account than before signs the person's devices out.
    """
    person = await queries.person_to_let_in(session, actor, person_id)
    subject = held.round_trips.normal(provider, asked.subject)
    await identities.link(session, person, provider, subject, now=actor.at, by=actor.id)


@links.delete("/{person_id}/external-identities/{provider}", status_code=204)
async def unlink_identity(person_id: UUID, provider: str, actor: Writer, session: Writing) -> None:
    """Take the account off the person, who is signed out and can no longer sign in with it."""
    person = await queries.person_to_let_in(session, actor, person_id)
    await identities.unlink(session, person, provider, now=actor.at, by=actor.id)
