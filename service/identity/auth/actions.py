"""A person's login and password: given, changed, ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.auth import CredentialUpdate
from schemas.identity.devices import RevokedBecause
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access
from service.identity.auth import devices
from service.identity.auth.errors import CredentialNotFound, SignInFailed
from service.identity.auth.passwords import Passwords
from service.identity.auth.rules import must_be_fit
from service.identity.auth.tables import Credential
from service.identity.people.tables import Person


async def set_credential(
    session: AsyncSession,
    passwords: Passwords,
    person: Person,
    request: CredentialUpdate,
    *,
    now: datetime,
    by: UUID | None,
    must_change: bool = False,
) -> Credential:
    """Give a person a login and password, or replace them, and sign the person out everywhere.

    `must_change`: somebody else knows the password; it is changed before anything else. An ended login lives again.
    Raises PasswordUnfit. The database refuses another's login as LoginTaken.
    """
    must_be_fit(request.login, request.password)
    password_hash = await passwords.hash(request.password)
    credential = await _locked(session, person.id)
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
    await record(session, EventName.CREDENTIAL_SET, credential, actor_id=by, occurred_at=now, persons=[person.id])
    await log_access(session, "auth.credential_set", actor_id=by, subject_id=person.id)
    await devices.revoke(session, person.id, RevokedBecause.PASSWORD_CHANGED, by=by, now=now)
    return credential


async def renew_password(
    session: AsyncSession, passwords: Passwords, person_id: UUID, old_hash: str, new: str, now: datetime
) -> None:
    """Put the person's own new password in the place of the one just proved; within a turn at hashing.

    Raises SignInFailed when it was replaced in this very moment.
    """
    password_hash = await passwords.hash_within_turn(new)
    credential = await _locked(session, person_id)
    if credential is None or credential.password_hash != old_hash:
        raise SignInFailed
    credential.password_hash, credential.set_at, credential.must_change = password_hash, now, False
    credential.version += 1
    await record(
        session, EventName.CREDENTIAL_CHANGED, credential, actor_id=person_id, occurred_at=now, persons=[person_id]
    )
    await log_access(session, "auth.password_changed", actor_id=person_id, subject_id=person_id)


async def must_still_hold(session: AsyncSession, person_id: UUID, password_hash: str) -> None:
    """Hold what was proved until the caller commits. Raises SignInFailed when it was replaced or ended meanwhile.

    Whoever replaces or ends it takes the row for itself before signing the devices out: either it waits for what
    begins here and sees it, or this waits for it and fails.
    """
    proved = select(Credential.id).where(
        Credential.person_id == person_id, Credential.password_hash == password_hash, ~col(Credential.is_ended)
    )
    if (await session.exec(proved.with_for_update(read=True))).first() is None:
        raise SignInFailed


async def end_credential(session: AsyncSession, person_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """End a person's login and sign the person out everywhere. Raises CredentialNotFound."""
    credential = await _locked(session, person_id)
    if credential is None:
        raise CredentialNotFound
    await devices.revoke(session, person_id, RevokedBecause.ADMINISTRATOR, by=by, now=now)
    if credential.is_ended:
        return
    credential.is_ended = True
    credential.version += 1
    await record(session, EventName.CREDENTIAL_ENDED, credential, actor_id=by, occurred_at=now, persons=[person_id])
    await log_access(session, "auth.credential_ended", actor_id=by, subject_id=person_id)


async def login_of(session: AsyncSession, person_id: UUID) -> str:
    """The person's login. Raises CredentialNotFound."""
    found = (await session.exec(select(Credential.login).where(Credential.person_id == person_id))).first()
    if found is None:
        raise CredentialNotFound
    return found


async def person_of(session: AsyncSession, login: str) -> UUID | None:
    """Whose login it is. For the command line; a request never tells."""
    return (
        await session.exec(select(Credential.person_id).where(func.lower(Credential.login) == login.lower()))
    ).first()


async def _locked(session: AsyncSession, person_id: UUID) -> Credential | None:
    return (await session.exec(select(Credential).where(Credential.person_id == person_id).with_for_update())).first()
