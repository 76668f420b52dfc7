"""People decide about somebody on a plan's list; deciding anew needs the version it is based on, and both are kept."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import SelectionDecided
from schemas.ground.placements import DecisionOut, SelectionDecisionCreate, SelectionDecisionOut
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
    request: SelectionDecisionCreate,
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
        decision=request.decision,
        reason=request.reason,
        decided_by=actor.id,
        decided_at=actor.at,
    )
    row, is_new = await insert_or_lock(session, said, "selection_id", "person_id")
    if not is_new:
        if (row.decision, row.reason) == (request.decision, request.reason):
            return row
        _must_be_current(row, based_on)
        session.add(_as_decided(row))
        changed = {name: getattr(said, name) for name in ("decision", "reason", "decided_by", "decided_at")}
        row.sqlmodel_update({**changed, "version": row.version + 1})
    await record(
        session,
        EventName.SELECTION_DECISION_MADE,
        row,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[selection.organisation_id],
        payload=SelectionDecided(selection_id=selection.id, person_id=person_id),
    )
    return row


async def one(session: AsyncSession, selection: PlacementSelection, person_id: UUID) -> DecisionOut:
    """What was decided about a person, with what had been decided before, newest first. Raises DecisionNotFound."""
    statement = select(SelectionDecisionMade).where(
        SelectionDecisionMade.selection_id == selection.id, SelectionDecisionMade.person_id == person_id
    )
    existing = (await session.exec(statement)).first()
    if existing is None:
        raise DecisionNotFound(person_id=str(person_id))
    before = select(EarlierSelectionDecision).where(EarlierSelectionDecision.decision_id == existing.id)
    rows = (await session.exec(before.order_by(col(EarlierSelectionDecision.version).desc()))).all()
    now = SelectionDecisionOut.model_validate(existing)
    return DecisionOut(**now.model_dump(), earlier=[SelectionDecisionOut.model_validate(row) for row in rows])


def _as_decided(row: SelectionDecisionMade) -> EarlierSelectionDecision:
    return EarlierSelectionDecision(
        id=new_id(),
        decision_id=row.id,
        person_id=row.person_id,
        decision=row.decision,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )


def _must_be_current(row: SelectionDecisionMade, based_on: int | None) -> None:
    if based_on is None:
        raise VersionMissing
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
