"""People decide about somebody on a plan's list; deciding anew needs the version it is based on, and both are kept."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import SelectionDecided
from schemas.ground.placements import DecisionAsked, DecisionOut, DecisionSaid
from service.foundation.creation import insert_or_lock
from service.foundation.errors import VersionMissing, VersionStale
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.ground.placements.candidates import is_listed
from service.ground.placements.errors import DecisionNotFound, NotForOneself, NotOnTheList
from service.ground.placements.tables import EarlierSelectionDecision, PlacementSelection, SelectionDecisionMade
from service.identity.access.actor import Actor


async def decide(
    session: AsyncSession,
    actor: Actor,
    selection: PlacementSelection,
    person_id: UUID,
    asked: DecisionAsked,
    based_on: int | None,
) -> SelectionDecisionMade:
    """Decide about another person on the list; the same again changes nothing.

    Raises NotForOneself, NotOnTheList, and for another decision than the kept one VersionMissing, VersionStale.
    """
    if person_id == actor.id:
        raise NotForOneself
    if not await is_listed(session, actor, selection, person_id):
        raise NotOnTheList(person_id=str(person_id))
    said = SelectionDecisionMade(
        id=new_id(),
        selection_id=selection.id,
        person_id=person_id,
        decision=asked.decision,
        reason=asked.reason,
        decided_by=actor.id,
        decided_at=actor.at,
    )
    kept, is_new = await insert_or_lock(session, said, "selection_id", "person_id")
    if not is_new:
        if (kept.decision, kept.reason) == (asked.decision, asked.reason):
            return kept
        _must_be_current(kept, based_on)
        session.add(_as_decided(kept))
        changed = {name: getattr(said, name) for name in ("decision", "reason", "decided_by", "decided_at")}
        kept.sqlmodel_update({**changed, "version": kept.version + 1})
    await record(
        session,
        EventName.SELECTION_DECISION_MADE,
        kept,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[selection.organisation_id],
        payload=SelectionDecided(selection_id=selection.id, person_id=person_id),
    )
    return kept


async def one(session: AsyncSession, selection: PlacementSelection, person_id: UUID) -> DecisionOut:
    """What was decided about a person, with what had been decided before, newest first. Raises DecisionNotFound."""
    statement = select(SelectionDecisionMade).where(
        SelectionDecisionMade.selection_id == selection.id, SelectionDecisionMade.person_id == person_id
    )
    kept = (await session.exec(statement)).first()
    if kept is None:
        raise DecisionNotFound(person_id=str(person_id))
    before = select(EarlierSelectionDecision).where(EarlierSelectionDecision.decision_id == kept.id)
    rows = (await session.exec(before.order_by(col(EarlierSelectionDecision.version).desc()))).all()
    now = DecisionSaid.model_validate(kept)
    return DecisionOut(**now.model_dump(), earlier=[DecisionSaid.model_validate(row) for row in rows])


def _as_decided(kept: SelectionDecisionMade) -> EarlierSelectionDecision:
    return EarlierSelectionDecision(
        id=new_id(),
        decision_id=kept.id,
        person_id=kept.person_id,
        decision=kept.decision,
        reason=kept.reason,
        decided_by=kept.decided_by,
        decided_at=kept.decided_at,
        version=kept.version,
    )


def _must_be_current(kept: SelectionDecisionMade, based_on: int | None) -> None:
    if based_on is None:
        raise VersionMissing
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
