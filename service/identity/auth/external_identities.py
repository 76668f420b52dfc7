"""External identities: link a person to an account at a provider, and sign in with that account.

An administrator who may set the person's password may link an account. A refused sign-in is written to the access
log like a wrong password, with the provider and without the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.auth import ExternalIdentityChanged
from schemas.identity.devices import DeviceCreate, RevokedBecause
from schemas.identity.external_identities import ProviderSignIn
from service.foundation.db import AutocommitPool
from service.foundation.errors import DomainError
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access, log_refusal
from service.identity.auth import devices
from service.identity.auth.adapters.errors import NotAMember, SecondFactorNotConfirmed, SignInRefused, refused
from service.identity.auth.adapters.interface import AuthorizationResponse, ProviderIdentity
from service.identity.auth.adapters.providers import Providers
from service.identity.auth.refresh_tokens import RefreshTokens, SignedIn
from service.identity.auth.sign_in import SignInTools
from service.identity.auth.tables import Credential, ExternalIdentity, SecondFactor
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person


@dataclass(frozen=True)
class SignInRequest:
    """The provider and address of a sign-in, for the access log."""

    pool: AutocommitPool
    tools: SignInTools
    provider: str
    address: str

    async def log_refused(self, failure: DomainError, person_id: UUID | None = None) -> None:
        """Write a line to the access log that stays although the request is rolled back."""
        address = str(self.tools.attempts.address(self.address))
        facts = {"provider": self.provider, "code": failure.code, "address_hash": address}
        await log_refusal(self.pool, "auth.sign_in_failed", subject_id=person_id, facts=facts)


async def identify(request: SignInRequest, providers: Providers, body: ProviderSignIn) -> ProviderIdentity:
    """Ask the provider for the account of the person who signs in.

    Raises: ProviderNotFound, SignInRefused, NotAMember, ProviderUnavailable, SignInBusy.
    """
    response = AuthorizationResponse(body.code, body.iss)
    try:
        return await providers.finish(request.pool, request.provider, body.attempt, body.state, response)
    except (SignInRefused, NotAMember) as failure:
        await request.log_refused(failure)
        raise


async def sign_in(
    session: AsyncSession,
    request: SignInRequest,
    identity: ProviderIdentity,
    device: DeviceCreate | None,
    now: datetime,
) -> SignedIn:
    """Sign in the person who is linked to the provider's account. No person is created.

    Raises: SignInRefused, DeviceNotFound, SecondFactorNotConfirmed.
    """
    person_id = await _lock_linked_person(session, request, identity)
    refresh_tokens, has_second_factor = request.tools.refresh_tokens, identity.has_second_factor
    if not has_second_factor and await _needs_second_factor(session, refresh_tokens, person_id, now):
        failure = SecondFactorNotConfirmed()
        await request.log_refused(failure, person_id)
        raise failure
    facts = {"provider": identity.provider} | ({"device_id": str(device.id)} if device else {})
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    if device:
        return await devices.sign_in_device(
            session, refresh_tokens, person_id, device, now, has_second_factor=has_second_factor
        )
    return SignedIn(Principal(person_id, None))


async def _lock_linked_person(session: AsyncSession, request: SignInRequest, identity: ProviderIdentity) -> UUID:
    """The person linked to the account. A person whose login was ended is refused too.

    The link and the credential stay locked until the caller commits. So a transaction that removes the link or ends
    the login either commits before and is seen here, or waits and then signs the new device out.
    Raises: SignInRefused.
    """
    account = select(ExternalIdentity.person_id).where(
        ExternalIdentity.provider == identity.provider, ExternalIdentity.subject == identity.subject
    )
    person_id = (await session.exec(account.with_for_update(read=True))).first()
    ended = select(Credential.is_ended).where(Credential.person_id == person_id)
    if person_id is None or (await session.exec(ended.with_for_update(read=True))).first():
        failure = refused(identity.provider, "nobody is linked, or the login was ended")
        await request.log_refused(failure, person_id)
        raise failure
    return person_id


async def _needs_second_factor(
    session: AsyncSession, refresh_tokens: RefreshTokens, person_id: UUID, now: datetime
) -> bool:
    """Whether the person has a confirmed authenticator, or a role that requires one."""
    confirmed = select(SecondFactor.id).where(
        SecondFactor.person_id == person_id, col(SecondFactor.confirmed_at).is_not(None)
    )
    if (await session.exec(confirmed)).first() is not None:
        return True
    return await devices.needs_second_factor(session, refresh_tokens, person_id, now)


async def link(
    session: AsyncSession, person: Person, provider: str, subject: str, *, now: datetime, by: EventActor
) -> ExternalIdentity:
    """Link a person to an account at a provider. Replacing another account signs the person's devices out.

    Raises: IdentityTaken through the unique index when another person is linked to the account.
    """
    identity = await _locked_link(session, person, provider)
    if identity and identity.subject == subject:
        return identity
    if identity is None:
        identity = ExternalIdentity(id=new_id(), person_id=person.id, provider=provider, subject=subject, linked_at=now)
        session.add(identity)
    else:
        identity.subject, identity.linked_at = subject, now
        identity.version += 1
        await devices.revoke(session, person.id, RevokedBecause.ADMINISTRATOR, by=by, now=now)
    await _record_event(session, EventName.EXTERNAL_IDENTITY_LINKED, identity, now, by)
    return identity


async def unlink(session: AsyncSession, person: Person, provider: str, *, now: datetime, by: EventActor) -> None:
    """Remove a link and sign the person's devices out. Without a link nothing changes."""
    identity = await _locked_link(session, person, provider)
    if identity:
        await _record_event(session, EventName.EXTERNAL_IDENTITY_UNLINKED, identity, now, by)
        await session.delete(identity)
        await devices.revoke(session, person.id, RevokedBecause.ADMINISTRATOR, by=by, now=now)


async def list_links(session: AsyncSession, person: Person) -> Sequence[ExternalIdentity]:
    """The person's links in order of provider, at most one for each provider."""
    statement = select(ExternalIdentity).where(ExternalIdentity.person_id == person.id)
    return (await session.exec(statement.order_by(col(ExternalIdentity.provider)))).all()


async def _locked_link(session: AsyncSession, person: Person, provider: str) -> ExternalIdentity | None:
    statement = select(ExternalIdentity).where(
        ExternalIdentity.person_id == person.id, ExternalIdentity.provider == provider
    )
    return (await session.exec(statement.with_for_update())).first()


async def _record_event(
    session: AsyncSession, name: EventName, identity: ExternalIdentity, now: datetime, by: EventActor
) -> None:
    await record(
        session,
        name,
        identity,
        actor=by,
        occurred_at=now,
        persons=[identity.person_id],
        payload=ExternalIdentityChanged(person_id=identity.person_id, provider=identity.provider),
    )
    facts = {"provider": identity.provider}
    action = name.value.replace("external_identity.", "auth.identity_")
    await log_access(session, action, actor_id=by.id, subject_id=identity.person_id, facts=facts)
