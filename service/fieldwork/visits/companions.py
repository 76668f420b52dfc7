"""Companions of a visit: the visitor names them, they are notified, and they may decline."""

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
from service.identity.local_rules.effective_rules import rule_value
from service.identity.organisations.queries import is_posted


async def notify_companions(session: AsyncSession, actor: Actor, visit: Visit, person_ids: Sequence[UUID]) -> None:
    """Add and notify the companions that were not named before. Raises: CompanionUnknown."""
    existing_ids = {companion.person_id for companion in await companions_of_visit(session, visit.id)}
    for person_id in dict.fromkeys(person_ids):
        if person_id in existing_ids:
            continue
        if person_id == visit.person_id or not await is_posted(session, person_id, None, actor.at):
            raise CompanionUnknown(person_id=str(person_id))
        row = VisitCompanion(
            id=new_id(), visit_id=visit.id, person_id=person_id, state=CompanionState.NOTIFIED, notified_at=actor.at
        )
        session.add(row)
        await _record_event(session, actor, EventName.VISIT_COMPANION_NOTIFIED, visit, row)


async def decline(session: AsyncSession, actor: Actor, visit_id: UUID) -> None:
    """Record that the actor was not a companion of this visit.

    The number of days is the local rule that was in force when the companion was notified.
    Raises: NotACompanion, TooLateToDecline.
    """
    statement = select(VisitCompanion, Visit).join(Visit, col(Visit.id) == col(VisitCompanion.visit_id))
    statement = statement.where(VisitCompanion.visit_id == visit_id, VisitCompanion.person_id == actor.id)
    row = (await session.exec(statement.with_for_update(of=VisitCompanion))).first()
    if row is None:
        raise NotACompanion
    companion, visit = row
    if companion.state is CompanionState.DECLINED:
        return
    days = await rule_value(session, RuleKey.VISIT_DECLINE_WITHIN_DAYS, visit.organisation_id, companion.notified_at)
    require_time_to_decline(companion.notified_at, days, actor.at)
    companion.state, companion.declined_at = CompanionState.DECLINED, actor.at
    companion.version += 1
    await _record_event(session, actor, EventName.VISIT_COMPANION_DECLINED, visit, companion)


async def companions_of_visit(session: AsyncSession, visit_id: UUID) -> Sequence[VisitCompanion]:
    """List the companions of a visit in the order in which they were named."""
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
