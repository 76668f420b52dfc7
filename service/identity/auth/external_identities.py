"""Which account at a provider is which person: linked by whoever may set the password, looked up at sign-in.

Whom it refuses stands in the access log as after a wrong password, with the provider and never with the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.people import IdentityMoved
from schemas.identity.devices import DeviceCreate, RevokedBecause
from schemas.identity.external_identities import SecondFactorConfirm
from service.foundation.db import Hot
from service.foundation.errors import DomainError
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access, log_refusal
from service.identity.auth import devices
from service.identity.auth.adapters.errors import NotAMember, SecondFactorNotVouchedFor, SignInRefused, refused
from service.identity.auth.adapters.interface import CameBack, Identified
from service.identity.auth.adapters.round_trip import RoundTrips
from service.identity.auth.refreshing import Refreshing, SignedIn
from service.identity.auth.sign_in import Ways
from service.identity.auth.tables import Credential, ExternalIdentity, SecondFactor
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person


@dataclass(frozen=True)
class Asking:
    """Who asks to be let in, for the access log: through which provider, from which address."""

    hot: Hot
    ways: Ways
    provider: str
    address: str

    async def refused(self, failure: DomainError, person_id: UUID | None = None) -> None:
        """A line that stays although the request fails."""
        address = str(self.ways.attempts.address(self.address))
        facts = {"provider": self.provider, "code": failure.code, "address_hash": address}
        await log_refusal(self.hot, "auth.sign_in_failed", subject_id=person_id, facts=facts)


async def identify(asking: Asking, round_trips: RoundTrips, request: SecondFactorConfirm) -> Identified:
    """Whom the provider names. Raises what `RoundTrips.finish` does."""
    came_back = CameBack(request.code, request.iss)
    try:
        return await round_trips.finish(asking.hot, asking.provider, request.attempt, request.state, came_back)
    except (SignInRefused, NotAMember) as failure:
        await asking.refused(failure)
        raise


async def sign_in(
    session: AsyncSession, asking: Asking, identified: Identified, device: DeviceCreate | None, now: datetime
) -> SignedIn:
    """Who is linked to the account that the provider named, on which device; nobody is created.

    Raises SignInRefused, DeviceNotFound, SecondFactorNotVouchedFor.
    """
    person_id = await _linked(session, asking, identified)
    refreshing, is_strong = asking.ways.refreshing, identified.has_second_factor
    if not is_strong and await _wants_second_factor(session, refreshing, person_id, now):
        failure = SecondFactorNotVouchedFor()
        await asking.refused(failure, person_id)
        raise failure
    facts = {"provider": identified.provider} | ({"device_id": str(device.id)} if device else {})
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    if device:
        return await devices.start(session, refreshing, person_id, device, now, has_second_factor=is_strong)
    return SignedIn(Principal(person_id, None))


async def _linked(session: AsyncSession, asking: Asking, identified: Identified) -> UUID:
    """Whose account it is; whose login was ended here gets in no other way either. Raises SignInRefused.

    Both rows stay locked until the device has begun: taking the link off or ending the login at this moment either
    comes first and is seen, or comes after and signs that device out.
    """
    account = select(ExternalIdentity.person_id).where(
        ExternalIdentity.provider == identified.provider, ExternalIdentity.subject == identified.subject
    )
    person_id = (await session.exec(account.with_for_update(read=True))).first()
    ended = select(Credential.is_ended).where(Credential.person_id == person_id)
    if person_id is None or (await session.exec(ended.with_for_update(read=True))).first():
        failure = refused(identified.provider, "nobody is linked, or the login was ended")
        await asking.refused(failure, person_id)
        raise failure
    return person_id


async def _wants_second_factor(session: AsyncSession, refreshing: Refreshing, person_id: UUID, now: datetime) -> bool:
    """Whether a password alone would not let the person in: an authenticator is set up, or the role wants one."""
    confirmed = select(SecondFactor.id).where(
        SecondFactor.person_id == person_id, col(SecondFactor.confirmed_at).is_not(None)
    )
    if (await session.exec(confirmed)).first() is not None:
        return True
    return await devices.must_be_strong(session, refreshing, person_id, now)


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
    await _record_event(session, EventName.EXTERNAL_IDENTITY_LINKED, linked, now, by)
    return linked


async def unlink(session: AsyncSession, person: Person, provider: str, *, now: datetime, by: UUID | None) -> None:
    """Take the link off and sign the person's devices out; nothing happens when there is none."""
    linked = await _of(session, person, provider)
    if linked:
        await _record_event(session, EventName.EXTERNAL_IDENTITY_UNLINKED, linked, now, by)
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


async def _record_event(
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
