"""Which account at a provider is which person: linked by whoever may set the password, looked up at sign-in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.devices import DeviceAsked, RevokedBecause
from schemas.events import EventName
from schemas.events.who import IdentityMoved
from service.access.log import log_access
from service.auth import devices
from service.auth.adapters.errors import refused
from service.auth.adapters.interface import Identified
from service.auth.refreshing import Refreshing, SignedIn
from service.auth.tables import Credential, ExternalIdentity
from service.auth.tokens import Principal
from service.core.ids import new_id
from service.events.record import record
from service.people.tables import Person


async def sign_in(
    session: AsyncSession, refreshing: Refreshing, identified: Identified, device: DeviceAsked | None, now: datetime
) -> SignedIn:
    """Who is linked to the account that the provider named, on which device; nobody is created.

    Whose login was ended here gets in no other way either.

    Raises SignInRefused, DeviceNotFound, SecondFactorNeeded.
    """
    ended = select(Credential.id).where(Credential.person_id == ExternalIdentity.person_id, Credential.is_ended)
    statement = select(ExternalIdentity.person_id).where(
        ExternalIdentity.provider == identified.provider,
        ExternalIdentity.subject == identified.subject,
        ~ended.exists(),
    )
    person_id = (await session.exec(statement)).first()
    if person_id is None:
        raise refused(identified.provider, "nobody is linked, or the login was ended")
    is_strong = identified.has_second_factor
    facts = {"provider": identified.provider} | ({"device_id": str(device.id)} if device else {})
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    if device:
        return await devices.start(session, refreshing, person_id, device, now, has_second_factor=is_strong)
    await devices.must_be_strong(session, refreshing, person_id, now, has_second_factor=is_strong)
    return SignedIn(Principal(person_id, None))


async def link(
    session: AsyncSession, person: Person, provider: str, subject: str, *, now: datetime, by: UUID | None
) -> ExternalIdentity:
    """Link a person in hand to an account, or to another one, which signs the person's devices out.

    The database refuses another person's account as IdentityTaken.
    """
    linked = await _of(session, person, provider)
    if linked and linked.subject == subject:
        return linked
    if linked is None:
        linked = ExternalIdentity(id=new_id(), person_id=person.id, provider=provider, subject=subject, linked_at=now)
        session.add(linked)
    else:
        linked.subject, linked.linked_at = subject, now
        linked.version += 1
        await devices.revoke(session, person.id, RevokedBecause.ADMINISTRATOR, by=by, now=now)
    await _tell(session, EventName.EXTERNAL_IDENTITY_LINKED, linked, now, by)
    return linked


async def unlink(session: AsyncSession, person: Person, provider: str, *, now: datetime, by: UUID | None) -> None:
    """Take the link off and sign the person's devices out; nothing happens when there is none."""
    linked = await _of(session, person, provider)
    if linked:
        await _tell(session, EventName.EXTERNAL_IDENTITY_UNLINKED, linked, now, by)
        await session.delete(linked)
        await devices.revoke(session, person.id, RevokedBecause.ADMINISTRATOR, by=by, now=now)


async def linked_to(session: AsyncSession, person: Person) -> Sequence[ExternalIdentity]:
    """The person's links, by provider: at most one each."""
    statement = select(ExternalIdentity).where(ExternalIdentity.person_id == person.id)
    return (await session.exec(statement.order_by(col(ExternalIdentity.provider)))).all()


async def _of(session: AsyncSession, person: Person, provider: str) -> ExternalIdentity | None:
    statement = select(ExternalIdentity).where(
        ExternalIdentity.person_id == person.id, ExternalIdentity.provider == provider
    )
    return (await session.exec(statement.with_for_update())).first()


async def _tell(
    session: AsyncSession, name: EventName, linked: ExternalIdentity, now: datetime, by: UUID | None
) -> None:
    await record(
        session,
        name,
        linked,
        actor_id=by,
        occurred_at=now,
        persons=[linked.person_id],
        payload=IdentityMoved(person_id=linked.person_id, provider=linked.provider),
    )
    facts = {"provider": linked.provider}
    action = name.value.replace("external_identity.", "auth.identity_")
    await log_access(session, action, actor_id=by, subject_id=linked.person_id, facts=facts)
