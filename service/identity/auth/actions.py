"""Set, change and end a person's login and password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.auth import CredentialUpdate
from schemas.identity.devices import RevokedBecause
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access
from service.identity.auth import devices
from service.identity.auth.errors import CredentialNotFound, SignInFailed
from service.identity.auth.passwords import Passwords
from service.identity.auth.rules import require_fit_password
from service.identity.auth.tables import Credential
from service.identity.people.tables import Person


async def set_credential(
    session: AsyncSession,
    passwords: Passwords,
    person: Person,
    request: CredentialUpdate,
    *,
    now: datetime,
    by: EventActor,
    must_change: bool = False,
) -> Credential:
    """Set or replace a person's login and password, and sign the person out on every device.

    `must_change`: the person must change the password before signing in. An ended login becomes active again.
    Raises: PasswordUnfit; LoginTaken through the unique index when another person has the login.
    """
    require_fit_password(request.login, request.password)
    password_hash = await passwords.hash(request.password)
    credential = await _lock_credential(session, person.id)
    if credential is None:
        credential = Credential(
            id=new_id(),
            person_id=person.id,
            login=request.login,
            password_hash=password_hash,
            set_at=now,
            must_change=must_change,
        )
        session.add(credential)
    else:
        credential.login, credential.password_hash, credential.set_at = request.login, password_hash, now
        credential.must_change, credential.is_ended = must_change, False
        credential.version += 1
    await record(session, EventName.CREDENTIAL_SET, credential, actor=by, occurred_at=now, persons=[person.id])
    await log_access(session, "auth.credential_set", actor_id=by.id, subject_id=person.id)
    await devices.revoke(session, person.id, RevokedBecause.PASSWORD_CHANGED, by=by, now=now)
    return credential


async def renew_password(
    session: AsyncSession, passwords: Passwords, person_id: UUID, old_hash: str, new: str, now: datetime
) -> None:
    """Replace a password with one that the person chose.

    The caller has verified the old one and holds a hashing slot.
    Raises: SignInFailed when the password was replaced since it was verified.
    """
    password_hash = await passwords.hash_in_slot(new)
    credential = await _lock_credential(session, person_id)
    if credential is None or credential.password_hash != old_hash:
        raise SignInFailed
    credential.password_hash, credential.set_at, credential.must_change = password_hash, now, False
    credential.version += 1
    await record(
        session,
        EventName.CREDENTIAL_CHANGED,
        credential,
        actor=EventActor.person(person_id),
        occurred_at=now,
        persons=[person_id],
    )
    await log_access(session, "auth.password_changed", actor_id=person_id, subject_id=person_id)


async def lock_unchanged_credential(session: AsyncSession, person_id: UUID, password_hash: str) -> None:
    """Lock a verified credential until the caller commits.

    A transaction that replaces or ends the credential locks the row before it signs the devices out. So it either
    waits for this sign-in and ends it, or this sign-in waits for it and fails.
    Raises: SignInFailed when the credential was replaced or ended since it was verified.
    """
    unchanged = select(Credential.id).where(
        Credential.person_id == person_id, Credential.password_hash == password_hash, ~col(Credential.is_ended)
    )
    if (await session.exec(unchanged.with_for_update(read=True))).first() is None:
        raise SignInFailed


async def end_credential(session: AsyncSession, person_id: UUID, *, by: EventActor, now: datetime) -> None:
    """End a person's login and sign the person out on every device. Raises: CredentialNotFound."""
    credential = await _lock_credential(session, person_id)
    if credential is None:
        raise CredentialNotFound
    await devices.revoke(session, person_id, RevokedBecause.ADMINISTRATOR, by=by, now=now)
    if credential.is_ended:
        return
    credential.is_ended = True
    credential.version += 1
    await record(session, EventName.CREDENTIAL_ENDED, credential, actor=by, occurred_at=now, persons=[person_id])
    await log_access(session, "auth.credential_ended", actor_id=by.id, subject_id=person_id)


async def login_of(session: AsyncSession, person_id: UUID) -> str:
    """The person's login. Raises: CredentialNotFound."""
    login = (await session.exec(select(Credential.login).where(Credential.person_id == person_id))).first()
    if login is None:
        raise CredentialNotFound
    return login


async def person_with_login(session: AsyncSession, login: str) -> UUID | None:
    """The person who has this login.

    For the command line only: the API must not reveal which logins exist.
    """
    return (
        await session.exec(select(Credential.person_id).where(func.lower(Credential.login) == login.lower()))
    ).first()


async def _lock_credential(session: AsyncSession, person_id: UUID) -> Credential | None:
    return (await session.exec(select(Credential).where(Credential.person_id == person_id).with_for_update())).first()
