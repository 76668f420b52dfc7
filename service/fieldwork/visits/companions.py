"""Companions: named once by the visitor, told, free to decline within the days that held when they were told."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import CompanionPayload
from schemas.fieldwork.visits import CompanionState
from schemas.identity.local_rules import RuleKey
from service.fieldwork.visits.errors import CompanionUnknown, NotACompanion
from service.fieldwork.visits.rules import require_time_to_decline
from service.fieldwork.visits.tables import Visit, VisitCompanion
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.actor import Actor
from service.identity.local_rules.resolving import figure
from service.identity.organisations.queries import is_posted


async def tell(session: AsyncSession, actor: Actor, visit: Visit, person_ids: Sequence[UUID]) -> None:
    """Note those not named before, and tell them. Raises CompanionUnknown."""
    known = {companion.person_id for companion in await of(session, visit.id)}
    for person_id in dict.fromkeys(person_ids):
        if person_id in known:
            continue
        if person_id == visit.person_id or not await is_posted(session, person_id, None, actor.at):
            raise CompanionUnknown(person_id=str(person_id))
        row = VisitCompanion(
            id=new_id(), visit_id=visit.id, person_id=person_id, state=CompanionState.NOTIFIED, notified_at=actor.at
        )
        session.add(row)
        await _record_event(session, actor, EventName.VISIT_COMPANION_NOTIFIED, visit, row)


async def decline(session: AsyncSession, actor: Actor, visit_id: UUID) -> None:
    """The companion was not there. Raises NotACompanion, TooLateToDecline."""
    statement = select(VisitCompanion, Visit).join(Visit, col(Visit.id) == col(VisitCompanion.visit_id))
    statement = statement.where(VisitCompanion.visit_id == visit_id, VisitCompanion.person_id == actor.id)
    found = (await session.exec(statement.with_for_update(of=VisitCompanion))).first()
    if found is None:
        raise NotACompanion
    companion, visit = found
    if companion.state is CompanionState.DECLINED:
        return
    days = await figure(session, RuleKey.VISIT_DECLINE_WITHIN_DAYS, visit.organisation_id, companion.notified_at)
    require_time_to_decline(companion.notified_at, days, actor.at)
    companion.state, companion.declined_at = CompanionState.DECLINED, actor.at
    companion.version += 1
    await _record_event(session, actor, EventName.VISIT_COMPANION_DECLINED, visit, companion)


async def of(session: AsyncSession, visit_id: UUID) -> Sequence[VisitCompanion]:
    """Those named, in the order of naming."""
    statement = select(VisitCompanion).where(VisitCompanion.visit_id == visit_id)
    return (await session.exec(statement.order_by(col(VisitCompanion.notified_at), col(VisitCompanion.id)))).all()


async def _record_event(
    session: AsyncSession, actor: Actor, name: EventName, visit: Visit, companion: VisitCompanion
) -> None:
    await record(
        session,
        name,
        companion,
        actor=actor.event_actor,
        occurred_at=actor.at,
        persons=[visit.person_id, companion.person_id],
        payload=CompanionPayload(visit_id=visit.id, person_id=companion.person_id),
    )
