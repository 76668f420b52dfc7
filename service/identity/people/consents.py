"""Give, renew, withdraw and list consents, and end consents on outdated notices."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.people import ConsentChanged
from schemas.foundation.common import PageQuery
from schemas.identity.people import ConsentEnd, ConsentOut, ConsentPurpose, ConsentUpdate
from service.foundation.errors import NotFound
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.paging import Slice, page_newest_first
from service.foundation.workdays import BEIJING
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.people import notices
from service.identity.people.tables import Consent

END_EVENTS = {
    ConsentEnd.WITHDRAWN: EventName.CONSENT_WITHDRAWN,
    ConsentEnd.RENEWED: EventName.CONSENT_RENEWED,
    ConsentEnd.LAPSED: EventName.CONSENT_LAPSED,
}

EFFECTS: dict[ConsentPurpose, str] = {
    ConsentPurpose.KEEP_POSITIONS: "every stored position of the person is deleted, with a proof",
}
"""What happens when a consent of each purpose ends."""


async def give(
    session: AsyncSession, actor: Actor, purpose: ConsentPurpose, request: ConsentUpdate
) -> tuple[Consent, bool]:
    """Give the actor's consent on the current notice. Returns the consent and whether it is new.

    An active consent on the same notice stays; a consent on an older notice is replaced.
    Raises: NotPermitted for a service client, NoticeNotCurrent.
    """
    require_person(actor)
    notices.must_be_current(purpose, request.notice_version)
    older = await _active_consent(session, actor.id, purpose)
    if older and older.notice_version != request.notice_version:
        await _end(session, older, ConsentEnd.RENEWED, actor.event_actor, actor.at)
    row = Consent(
        id=new_id(), person_id=actor.id, purpose=purpose, notice_version=request.notice_version, given_at=actor.at
    )
    connection = await session.connection()
    statement = insert(Consent).values(row.model_dump()).on_conflict_do_nothing().returning(col(Consent.id))
    is_new = (await connection.execute(statement)).first() is not None
    existing = await _active_consent(session, actor.id, purpose)
    if existing is None:
        raise NotFound
    if is_new:
        await _record_event(session, EventName.CONSENT_GIVEN, existing, actor.event_actor, actor.at)
    return existing, is_new


async def withdraw(session: AsyncSession, actor: Actor, purpose: ConsentPurpose) -> Consent:
    """Withdraw the actor's consent. Event handlers then delete the data stored under it.

    Raises: NotFound when there is no active consent, NotPermitted for a service client.
    """
    require_person(actor)
    row = await _active_consent(session, actor.id, purpose)
    if row is None:
        raise NotFound
    await _end(session, row, ConsentEnd.WITHDRAWN, actor.event_actor, actor.at)
    return row


async def lapse(
    session: AsyncSession, now: datetime, at_most: int, all_notices: Sequence[notices.Notice] = notices.NOTICES
) -> int:
    """End consents on older notices after their last day. Returns the number of ended consents.

    The same event handlers run as after a withdrawal.
    """
    today = now.astimezone(BEIJING).date()
    rows = (
        await session.exec(_select_outdated(today, all_notices).limit(at_most).with_for_update(skip_locked=True))
    ).all()
    for row in rows:
        await _end(session, row, ConsentEnd.LAPSED, SYSTEM, now)
    return len(rows)


async def page_own(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[Consent]:
    """Every consent that the actor ever gave, newest first. Raises: NotPermitted for a service client."""
    require_person(actor)
    statement = select(Consent).where(Consent.person_id == actor.id)
    return await page_newest_first(session, statement, col(Consent.given_at), col(Consent.id), query)


def consent_out(consent: Consent) -> ConsentOut:
    """The consent in the form that its person reads."""
    is_over = consent.withdrawn_at is not None
    state, renew_by = notices.state_of(consent.purpose, consent.notice_version, is_over)
    return ConsentOut.model_validate({**consent.model_dump(), "state": state, "renew_by": renew_by})


def require_person(actor: Actor) -> None:
    """Check that the actor is a person. Raises: NotPermitted for a service client."""
    if not scope.sees_own(actor):
        raise NotPermitted(permission=actor.permission)


def _select_outdated(today: date, all_notices: Sequence[notices.Notice]) -> SelectOfScalar[Consent]:
    newest = {notice.purpose: notice for notice in all_notices}
    is_outdated = [
        sa.and_(col(Consent.purpose) == notice.purpose, col(Consent.notice_version) != notice.version)
        for notice in newest.values()
        if notice.older_hold_until < today
    ]
    return select(Consent).where(col(Consent.withdrawn_at).is_(None), sa.or_(sa.false(), *is_outdated))


async def _active_consent(session: AsyncSession, person_id: UUID, purpose: ConsentPurpose) -> Consent | None:
    statement = select(Consent).where(
        Consent.person_id == person_id, Consent.purpose == purpose, col(Consent.withdrawn_at).is_(None)
    )
    return (await session.exec(statement.with_for_update())).first()


async def _end(session: AsyncSession, consent: Consent, reason: ConsentEnd, by: EventActor, now: datetime) -> None:
    consent.withdrawn_at, consent.ended_because = now, reason
    consent.version += 1
    await _record_event(session, END_EVENTS[reason], consent, by, now)


async def _record_event(
    session: AsyncSession, name: EventName, consent: Consent, by: EventActor, now: datetime
) -> None:
    await record(
        session,
        name,
        consent,
        actor=by,
        occurred_at=now,
        persons=[consent.person_id],
        payload=ConsentChanged(person_id=consent.person_id, purpose=consent.purpose.value),
    )
