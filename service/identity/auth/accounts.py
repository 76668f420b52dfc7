"""What an account administrator does to the login of another person: set, end, unlock, link, sign out.

Each function first checks that the actor may manage the person (`service/identity/people/queries.py`). All raise
PersonNotFound and NotPermitted. Functions that change how the person signs in also raise OwnSignInProtected and
SignInProtected.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.auth import CredentialUpdate
from schemas.identity.devices import RevokedBecause
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.auth import actions, devices, external_identities, second_factors
from service.identity.auth.adapters.providers import Providers
from service.identity.auth.attempts import Attempts
from service.identity.auth.passwords import Passwords
from service.identity.auth.tables import ExternalIdentity
from service.identity.people.queries import manageable_person, person_with_manageable_sign_in


async def set_credential(
    session: AsyncSession, actor: Actor, passwords: Passwords, person_id: UUID, request: CredentialUpdate
) -> None:
    """Set login and password; the person must change the password at the first sign-in."""
    person = await person_with_manageable_sign_in(session, actor, person_id)
    await actions.set_credential(
        session, passwords, person, request, now=actor.at, by=actor.event_actor, must_change=True
    )


async def end_credential(session: AsyncSession, actor: Actor, person_id: UUID) -> None:
    """End the login. Raises: CredentialNotFound."""
    await person_with_manageable_sign_in(session, actor, person_id)
    await actions.end_credential(session, person_id, by=actor.event_actor, now=actor.at)


async def reset_second_factor(session: AsyncSession, actor: Actor, person_id: UUID) -> None:
    """Remove the second factor."""
    await person_with_manageable_sign_in(session, actor, person_id)
    await second_factors.reset(session, person_id, by=actor.event_actor, now=actor.at)


async def unlock_login(session: AsyncSession, actor: Actor, attempts: Attempts, person_id: UUID) -> None:
    """Unlock the login after too many failed attempts."""
    await manageable_person(session, actor, person_id)
    await attempts.unlock(session, await actions.login_of(session, person_id))
    await log_access(session, "auth.lock_lifted", actor_id=actor.id, subject_id=person_id)


async def revoke_devices(session: AsyncSession, actor: Actor, person_id: UUID) -> None:
    """Sign the person out on every device."""
    await manageable_person(session, actor, person_id)
    await devices.revoke(session, person_id, RevokedBecause.ADMINISTRATOR, by=actor.event_actor, now=actor.at)


async def linked_identities(session: AsyncSession, actor: Actor, person_id: UUID) -> Sequence[ExternalIdentity]:
    """The external accounts with which the person signs in."""
    return await external_identities.list_links(session, await manageable_person(session, actor, person_id))


async def link_identity(
    session: AsyncSession, actor: Actor, providers: Providers, person_id: UUID, provider: str, subject: str
) -> None:
    """Link an external account to the person. Raises: ProviderNotConfigured, IdentityTaken."""
    person = await person_with_manageable_sign_in(session, actor, person_id)
    normalized = providers.normalize_subject(provider, subject)
    await external_identities.link(session, person, provider, normalized, now=actor.at, by=actor.event_actor)


async def unlink_identity(session: AsyncSession, actor: Actor, person_id: UUID, provider: str) -> None:
    """Remove the link to an external account."""
    person = await person_with_manageable_sign_in(session, actor, person_id)
    await external_identities.unlink(session, person, provider, now=actor.at, by=actor.event_actor)
