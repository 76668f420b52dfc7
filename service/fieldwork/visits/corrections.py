"""Corrections of ended visits: the visitor requests, an officer decides (DESIGN §2.7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.visits import VisitCorrectionPayload, VisitRecorded
from schemas.fieldwork.visits import (
    VisitCorrectionCreate,
    VisitCorrectionDecision,
    VisitCorrectionQuery,
    VisitCorrectionState,
    VisitEnd,
    VisitState,
)
from service.fieldwork.visits import purposes, rules
from service.fieldwork.visits.actions import lock_own_visit
from service.fieldwork.visits.errors import (
    CheckOutBeforeCheckIn,
    CorrectedTimeInFuture,
    CorrectionDecided,
    CorrectionNotFound,
    CorrectionOutdated,
    NotEnded,
    NothingToCorrect,
)
from service.fieldwork.visits.tables import Visit, VisitCorrection
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission

FIELDS = ("checked_in_at", "checked_out_at", "purpose", "people_met", "heard", "done", "stay", "help_given")


async def request_correction(
    session: AsyncSession,
    actor: Actor,
    visit_id: UUID,
    correction_id: UUID,
    body: VisitCorrectionCreate,
    request_fingerprint: bytes,
) -> tuple[VisitCorrection, bool]:
    """Request other values for an ended visit of the actor. Returns the correction, and whether it is new.

    Raises: VisitNotFound, NotEnded, NothingToCorrect, CheckOutBeforeCheckIn, CorrectedTimeInFuture, PurposeUnknown,
    ContentDiffers; CorrectionOpen by a unique index.
    """
    visit = await lock_own_visit(session, actor, visit_id)
    if visit.state is not VisitState.ENDED:
        raise NotEnded
    existing = await session.get(VisitCorrection, correction_id)
    before, after = (existing.before, existing.after) if existing else _changed_fields(visit, body, actor.at)
    if existing is None and body.purpose:
        await purposes.require_purpose(session, body.purpose)
    row = VisitCorrection(
        id=correction_id,
        visit_id=visit_id,
        requested_by=actor.id,
        requested_at=actor.at,
        before=before,
        after=after,
        reason=body.reason,
        state=VisitCorrectionState.REQUESTED,
        request_fingerprint=request_fingerprint,
    )
    correction, is_new = await create_once(session, row, "requested_by", "visit_id")
    if is_new:
        await _record_event(session, actor, EventName.VISIT_CORRECTION_REQUESTED, correction, visit)
    return correction, is_new


async def decide_correction(
    session: AsyncSession, actor: Actor, correction_id: UUID, body: VisitCorrectionDecision, expected_version: int
) -> VisitCorrection:
    """Accept or refuse a correction as an officer of the visitor's unit.

    An accepted one changes the visit.

    Nobody decides on a correction of their own visit.
    Raises: CorrectionNotFound, NotPermitted, CorrectionDecided, VersionStale, and when accepting CorrectionOutdated,
    CheckOutBeforeCheckIn.
    """
    correction, visit = await _lock_visible(session, actor, correction_id)
    if correction.requested_by == actor.id or not await scope.reaches(session, actor, visit.organisation_id):
        raise NotPermitted(permission=actor.permission)
    state = VisitCorrectionState.ACCEPTED if body.is_accepted else VisitCorrectionState.REFUSED
    if (correction.state, correction.decision_reason) == (state, body.reason):
        return correction
    if correction.state is not VisitCorrectionState.REQUESTED:
        raise CorrectionDecided(state=correction.state)
    require_version(correction, expected_version)
    if body.is_accepted:
        _require_unchanged(correction, visit)
    correction.state, correction.decision_reason = state, body.reason
    correction.decided_by, correction.decided_at = actor.id, actor.at
    correction.version += 1
    await _record_event(session, actor, EventName.VISIT_CORRECTION_DECIDED, correction, visit)
    if body.is_accepted:
        await _apply_correction(session, actor, correction, visit)
    return correction


async def page(session: AsyncSession, actor: Actor, query: VisitCorrectionQuery) -> Slice[VisitCorrection]:
    """List corrections of the actor's visits and of visits of organisations in reach, newest first."""
    statement = filter_equal(_visible_corrections(actor), VisitCorrection, query, "visit_id", "state")
    return await page_newest_first(
        session, statement, col(VisitCorrection.requested_at), col(VisitCorrection.id), query
    )


def _visible_corrections(actor: Actor) -> SelectOfScalar[VisitCorrection]:
    """Select the corrections that the actor may see.

    The place sees none, because the text of a record may be confidential.
    """
    condition: sa.ColumnElement[bool] = col(Visit.organisation_id).in_(scope.reachable(actor))
    if scope.sees_own(actor):
        condition = sa.or_(condition, col(Visit.person_id) == actor.id)
    return select(VisitCorrection).join(Visit, col(Visit.id) == col(VisitCorrection.visit_id)).where(condition)


async def _lock_visible(session: AsyncSession, actor: Actor, correction_id: UUID) -> tuple[VisitCorrection, Visit]:
    statement = _visible_corrections(actor.asking(Permission.VISIT_READ)).where(VisitCorrection.id == correction_id)
    not_found = CorrectionNotFound(correction_id=str(correction_id))
    correction = await locked(session, statement, not_found, of=VisitCorrection)
    visit = await locked(session, select(Visit).where(Visit.id == correction.visit_id), not_found)
    return correction, visit


def _changed_fields(visit: Visit, body: VisitCorrectionCreate, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build the current and the requested values of the fields that differ, as JSON.

    `stay: null` removes the stay.
    """
    requested = body.model_dump(mode="json", include=set(FIELDS), exclude_none=True)
    if "stay" in body.model_fields_set:
        requested["stay"] = body.model_dump(mode="json", include={"stay"})["stay"]
    before = _current_values(visit, requested)
    after = {name: value for name, value in requested.items() if before[name] != value}
    if not after:
        raise NothingToCorrect
    for time in (body.checked_in_at, body.checked_out_at):
        if time and rules.is_in_future(time, now):
            raise CorrectedTimeInFuture(time=time)
    _require_time_order(body, visit)
    return {name: before[name] for name in after}, after


def _current_values(visit: Visit, names: Iterable[str]) -> dict[str, Any]:
    """Read these fields of the visit as JSON."""
    current = VisitCorrectionCreate.model_validate({**{name: getattr(visit, name) for name in FIELDS}, "reason": "-"})
    return current.model_dump(mode="json", include=set(names))


def _require_time_order(body: VisitCorrectionCreate, visit: Visit) -> None:
    """Check that the check-out is not before the check-in. Raises: CheckOutBeforeCheckIn."""
    check_in, check_out = body.checked_in_at or visit.checked_in_at, body.checked_out_at or visit.checked_out_at
    if check_out is not None and check_out < check_in:
        raise CheckOutBeforeCheckIn(checked_in_at=check_in)


def _require_unchanged(correction: VisitCorrection, visit: Visit) -> None:
    """Check that the visit still has the values that the correction replaces.

    A late check-out may have changed them since the request.
    Raises: CorrectionOutdated, CheckOutBeforeCheckIn.
    """
    if _current_values(visit, correction.before) != correction.before:
        raise CorrectionOutdated
    _require_time_order(VisitCorrectionCreate.model_validate({**correction.after, "reason": "-"}), visit)


async def _apply_correction(session: AsyncSession, actor: Actor, correction: VisitCorrection, visit: Visit) -> None:
    values = VisitCorrectionCreate.model_validate({**correction.after, "reason": correction.reason})
    visit.sqlmodel_update(values.model_dump(include=set(correction.after)))
    if "checked_out_at" in correction.after:
        visit.ended_by = VisitEnd.CHECKED_OUT
    visit.version += 1
    await record(
        session,
        EventName.VISIT_CORRECTED,
        visit,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[visit.organisation_id],
        persons=[visit.person_id],
        payload=VisitRecorded(place_id=visit.place_id, version=visit.version),
    )


async def _record_event(
    session: AsyncSession, actor: Actor, name: EventName, correction: VisitCorrection, visit: Visit
) -> None:
    await record(
        session,
        name,
        correction,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[visit.organisation_id],
        persons=[visit.person_id],
        payload=VisitCorrectionPayload(visit_id=visit.id, state=correction.state.value),
    )
