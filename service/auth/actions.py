"""Signing in, and making the ways in."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.auth import ClientSignIn, CredentialAsked, ServiceClientAsked, SignIn
from schemas.events import EventName
from service.access.actor import Actor
from service.access.log import log_access
from service.access.scope import must_reach
from service.auth import devices
from service.auth.errors import SignInFailed
from service.auth.passwords import Passwords
from service.auth.refreshing import Refreshing, SignedIn
from service.auth.tables import Credential, ServiceClient
from service.auth.tokens import Principal
from service.core.ids import new_id
from service.core.once import create_once
from service.events.record import record
from service.people.tables import Person


async def sign_in(
    session: AsyncSession, passwords: Passwords, refreshing: Refreshing, asked: SignIn, now: datetime
) -> SignedIn:
    """Who signs in, on which device. Raises SignInFailed for an unknown login and a wrong password alike.

    In the same time. Raises DeviceNotFound, SecondFactorNeeded.
    """
    credential = (
        await session.exec(select(Credential).where(func.lower(Credential.login) == asked.login.lower()))
    ).first()
    if not await passwords.verify(asked.password, credential.password_hash if credential else None) or not credential:
        raise SignInFailed
    person_id = credential.person_id
    facts = {"device_id": str(asked.device.id)} if asked.device else {}
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    if asked.device:
        return await devices.start(session, refreshing, person_id, asked.device, now, has_second_factor=False)
    await devices.must_be_strong(session, refreshing, person_id, now, has_second_factor=False)
    return SignedIn(Principal(person_id, None))


async def sign_in_client(session: AsyncSession, passwords: Passwords, asked: ClientSignIn) -> SignedIn:
    """Which service client signs in. Raises SignInFailed."""
    client = await session.get(ServiceClient, asked.client_id)
    live = client if client and client.ended_at is None else None
    if not await passwords.verify(asked.client_secret, live.secret_hash if live else None) or not live:
        raise SignInFailed
    await log_access(session, "auth.client_signed_in", actor_id=live.id, subject_id=live.id)
    return SignedIn(Principal(live.id, live.organisation_id))


async def set_credential(
    session: AsyncSession,
    passwords: Passwords,
    person: Person,
    asked: CredentialAsked,
    *,
    now: datetime,
    by: UUID | None,
) -> Credential:
    """Give a person a login and password, or replace them. The database refuses another's login as LoginTaken."""
    password_hash = await passwords.hash(asked.password)
    credential = (
        await session.exec(select(Credential).where(Credential.person_id == person.id).with_for_update())
    ).first()
    if credential is None:
        credential = Credential(
            id=new_id(), person_id=person.id, login=asked.login, password_hash=password_hash, set_at=now
        )
        session.add(credential)
    else:
        credential.login, credential.password_hash, credential.set_at = asked.login, password_hash, now
        credential.version += 1
    await record(session, EventName.CREDENTIAL_SET, credential, actor_id=by, occurred_at=now, persons=[person.id])
    await log_access(session, "auth.credential_set", actor_id=by, subject_id=person.id)
    return credential


async def create_client(
    session: AsyncSession,
    passwords: Passwords,
    actor: Actor,
    client_id: UUID,
    asked: ServiceClientAsked,
    sameness: bytes,
) -> tuple[ServiceClient, str | None]:
    """A service client of an organisation and its secret; no secret when the same request is repeated.

    Raises OrganisationNotFound, NotPermitted, ContentDiffers, and NotFound for another's id.
    """
    await must_reach(session, actor, asked.organisation_id)
    secret = secrets.token_urlsafe(32)
    row = ServiceClient(
        id=client_id,
        organisation_id=asked.organisation_id,
        name=asked.name,
        secret_hash=await passwords.hash(secret),
        created_at=actor.at,
        sameness=sameness,
    )
    client, is_new = await create_once(session, row, "organisation_id")
    if not is_new:
        return client, None
    await record(
        session,
        EventName.SERVICE_CLIENT_CREATED,
        client,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[asked.organisation_id],
    )
    await log_access(session, "auth.client_created", actor_id=actor.id, subject_id=client_id)
    return client, secret
