"""Giving, renewing and withdrawing consents, and their lapse when a changed notice was not consented to in time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.people import ConsentMoved
from schemas.identity.people import ConsentEnd, ConsentOut, ConsentPurpose, ConsentUpdate
from service.foundation.errors import NotFound
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.paging import PageQuery, Slice, newest_first
from service.foundation.workdays import BEIJING
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.people import notices
from service.identity.people.tables import Consent

TOLD = {
    ConsentEnd.WITHDRAWN: EventName.CONSENT_WITHDRAWN,
    ConsentEnd.RENEWED: EventName.CONSENT_RENEWED,
    ConsentEnd.LAPSED: EventName.CONSENT_LAPSED,
}


async def give(
    session: AsyncSession, actor: Actor, purpose: ConsentPurpose, request: ConsentUpdate
) -> tuple[Consent, bool]:
    """Consent for oneself, on the current notice; a live consent on that notice stays, an older one is replaced.

    Raises NotPermitted for a system, NoticeNotCurrent.
    """
    must_be_oneself(actor)
    notices.must_be_current(purpose, request.notice_version)
    older = await _live(session, actor.id, purpose)
    if older and older.notice_version != request.notice_version:
        await _end(session, older, ConsentEnd.RENEWED, actor.id, actor.at)
    row = Consent(
        id=new_id(), person_id=actor.id, purpose=purpose, notice_version=request.notice_version, given_at=actor.at
    )
    connection = await session.connection()
    statement = insert(Consent).values(row.model_dump()).on_conflict_do_nothing().returning(col(Consent.id))
    is_new = (await connection.execute(statement)).first() is not None
    existing = await _live(session, actor.id, purpose)
    if existing is None:
        raise NotFound
    if is_new:
        await _record_event(session, EventName.CONSENT_GIVEN, existing, actor.id, actor.at)
    return existing, is_new


async def withdraw(session: AsyncSession, actor: Actor, purpose: ConsentPurpose) -> Consent:
    """Withdraw one's own consent; what was kept under it is deleted at once by what follows the event.

    Raises NotFound when there is no live one, NotPermitted for a system.
    """
    must_be_oneself(actor)
    row = await _live(session, actor.id, purpose)
    if row is None:
        raise NotFound
    await _end(session, row, ConsentEnd.WITHDRAWN, actor.id, actor.at)
    return row


async def lapse(
    session: AsyncSession, now: datetime, at_most: int, known: Sequence[notices.Notice] = notices.NOTICES
) -> int:
    """End consents on older notices whose day is over; how many. The same follows as after a withdrawal."""
    today = now.astimezone(BEIJING).date()
    rows = (await session.exec(_outdated(today, known).limit(at_most).with_for_update(skip_locked=True))).all()
    for row in rows:
        await _end(session, row, ConsentEnd.LAPSED, None, now)
    return len(rows)


async def own(session: AsyncSession, actor: Actor, page: PageQuery) -> Slice[Consent]:
    """Every consent one ever gave, newest first. Raises NotPermitted for a system."""
    must_be_oneself(actor)
    statement = select(Consent).where(Consent.person_id == actor.id)
    return await newest_first(session, statement, col(Consent.given_at), col(Consent.id), page)


async def are_in_force(session: AsyncSession, persons: Sequence[UUID], purpose: ConsentPurpose) -> set[UUID]:
    """Who of these consents to the purpose now. Ask at each showing or publishing, and keep no copy of the answer."""
    statement = select(Consent.person_id).where(
        col(Consent.person_id).in_(persons), Consent.purpose == purpose, col(Consent.withdrawn_at).is_(None)
    )
    return set((await session.exec(statement)).all())


def shown(consent: Consent) -> ConsentOut:
    """The consent as its person reads it."""
    is_over = consent.withdrawn_at is not None
    state, renew_by = notices.state_of(consent.purpose, consent.notice_version, is_over)
    return ConsentOut.model_validate({**consent.model_dump(), "state": state, "renew_by": renew_by})


def must_be_oneself(actor: Actor) -> None:
    """Raises NotPermitted for a system, which is nobody."""
    if not scope.sees_own(actor):
        raise NotPermitted(permission=actor.permission.value)


def _outdated(today: date, known: Sequence[notices.Notice]) -> SelectOfScalar[Consent]:
    newest = {notice.purpose: notice for notice in known}
    over = [
        sa.and_(col(Consent.purpose) == notice.purpose, col(Consent.notice_version) != notice.version)
        for notice in newest.values()
        if notice.older_hold_until < today
    ]
    return select(Consent).where(col(Consent.withdrawn_at).is_(None), sa.or_(sa.false(), *over))


async def _live(session: AsyncSession, person_id: UUID, purpose: ConsentPurpose) -> Consent | None:
    statement = select(Consent).where(
        Consent.person_id == person_id, Consent.purpose == purpose, col(Consent.withdrawn_at).is_(None)
    )
    return (await session.exec(statement.with_for_update())).first()


async def _end(session: AsyncSession, consent: Consent, because: ConsentEnd, by: UUID | None, now: datetime) -> None:
    consent.withdrawn_at, consent.ended_because = now, because
    consent.version += 1
    await _record_event(session, TOLD[because], consent, by, now)


async def _record_event(
    session: AsyncSession, name: EventName, consent: Consent, by: UUID | None, now: datetime
) -> None:
    await record(
        session,
        name,
        consent,
        actor_id=by,
        occurred_at=now,
        persons=[consent.person_id],
        payload=ConsentMoved(person_id=consent.person_id, purpose=consent.purpose.value),
    )
