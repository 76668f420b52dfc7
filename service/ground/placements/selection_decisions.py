"""Decisions about the candidates of a selection plan. A changed decision keeps the earlier one."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import SelectionDecisionPayload
from schemas.ground.placements import DecisionOut, SelectionDecisionCreate, SelectionDecisionOut
from service.foundation.creation import insert_or_lock
from service.foundation.errors import VersionMissing
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.rows import require_version
from service.ground.placements import selections
from service.ground.placements.candidates import is_candidate
from service.ground.placements.errors import DecisionNotFound, OwnCase, PersonNotListed
from service.ground.placements.tables import EarlierSelectionDecision, SelectionDecisionRecord
from service.identity.access.actor import Actor


async def decide_candidate(
    session: AsyncSession,
    actor: Actor,
    selection_id: UUID,
    person_id: UUID,
    request: SelectionDecisionCreate,
    expected_version: int | None,
) -> SelectionDecisionRecord:
    """Decide about another person who is a candidate; a repeated request changes nothing.

    Raises: SelectionNotFound, OwnCase, PersonNotListed; VersionMissing, VersionStale when a decision is changed.
    """
    selection = await selections.get_selection(session, actor, selection_id)
    if person_id == actor.id:
        raise OwnCase
    if not await is_candidate(session, actor, selection, person_id):
        raise PersonNotListed(person_id=str(person_id))
    new_row = SelectionDecisionRecord(
        id=new_id(),
        selection_id=selection.id,
        person_id=person_id,
        decision=request.decision,
        reason=request.reason,
        decided_by=actor.id,
        decided_at=actor.at,
    )
    row, is_new = await insert_or_lock(session, new_row, "selection_id", "person_id")
    if not is_new:
        if (row.decision, row.reason) == (request.decision, request.reason):
            return row
        _require_version_of_change(row, expected_version)
        session.add(_copy_to_earlier(row))
        changes = {name: getattr(new_row, name) for name in ("decision", "reason", "decided_by", "decided_at")}
        row.sqlmodel_update({**changes, "version": row.version + 1})
    await record(
        session,
        EventName.SELECTION_DECISION_MADE,
        row,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[selection.organisation_id],
        payload=SelectionDecisionPayload(selection_id=selection.id, person_id=person_id),
    )
    return row


async def get_decision(session: AsyncSession, actor: Actor, selection_id: UUID, person_id: UUID) -> DecisionOut:
    """Read the decision about a person, with its earlier versions, newest first.

    Raises: SelectionNotFound, DecisionNotFound.
    """
    selection = await selections.get_selection(session, actor, selection_id)
    statement = select(SelectionDecisionRecord).where(
        SelectionDecisionRecord.selection_id == selection.id, SelectionDecisionRecord.person_id == person_id
    )
    existing = (await session.exec(statement)).first()
    if existing is None:
        raise DecisionNotFound(person_id=str(person_id))
    earlier = select(EarlierSelectionDecision).where(EarlierSelectionDecision.decision_id == existing.id)
    rows = (await session.exec(earlier.order_by(col(EarlierSelectionDecision.version).desc()))).all()
    current = SelectionDecisionOut.model_validate(existing)
    return DecisionOut(**current.model_dump(), earlier=[SelectionDecisionOut.model_validate(row) for row in rows])


def _copy_to_earlier(row: SelectionDecisionRecord) -> EarlierSelectionDecision:
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


def _require_version_of_change(row: SelectionDecisionRecord, expected_version: int | None) -> None:
    if expected_version is None:
        raise VersionMissing
    require_version(row, expected_version)
