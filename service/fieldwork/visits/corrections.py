"""Corrections: requested by the visitor, decided by an officer of the unit, both kept (DESIGN §2.7)."""

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
from service.fieldwork.visits.actions import own_visit
from service.fieldwork.visits.errors import (
    CheckOutBeforeCheckIn,
    CorrectionDecided,
    CorrectionNotFound,
    CorrectionOutdated,
    CorrectedTimeInFuture,
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


async def request(
    session: AsyncSession,
    actor: Actor,
    visit_id: UUID,
    correction_id: UUID,
    body: VisitCorrectionCreate,
    request_fingerprint: bytes,
) -> tuple[VisitCorrection, bool]:
    """The visitor asks for other content; says whether this request did it.

    Raises VisitNotFound, NotEnded, NothingToCorrect, CheckOutBeforeCheckIn, CorrectedTimeInFuture, PurposeUnknown,
    ContentDiffers; the database CorrectionOpen.
    """
    visit = await own_visit(session, actor, visit_id)
    if visit.state is not VisitState.ENDED:
        raise NotEnded
    existing = await session.get(VisitCorrection, correction_id)
    before, wanted = (existing.before, existing.after) if existing else _differing(visit, body, actor.at)
    if existing is None and body.purpose:
        await purposes.require_purpose(session, body.purpose)
    row = VisitCorrection(
        id=correction_id,
        visit_id=visit_id,
        requested_by=actor.id,
        requested_at=actor.at,
        before=before,
        after=wanted,
        reason=body.reason,
        state=VisitCorrectionState.REQUESTED,
        request_fingerprint=request_fingerprint,
    )
    correction, is_new = await create_once(session, row, "requested_by", "visit_id")
    if is_new:
        await _record_event(session, actor, EventName.VISIT_CORRECTION_REQUESTED, correction, visit)
    return correction, is_new


async def decide(
    session: AsyncSession, actor: Actor, correction_id: UUID, body: VisitCorrectionDecision, expected_version: int
) -> VisitCorrection:
    """An officer of the visitor's unit accepts or refuses, never on the own visit; accepting changes the visit.

    Raises CorrectionNotFound, NotPermitted, CorrectionDecided, VersionStale, and when accepting CorrectionOutdated,
    CheckOutBeforeCheckIn.
    """
    correction, visit = await _seen(session, actor, correction_id)
    if correction.requested_by == actor.id or not await scope.reaches(session, actor, visit.organisation_id):
        raise NotPermitted(permission=actor.permission)
    state = VisitCorrectionState.ACCEPTED if body.is_accepted else VisitCorrectionState.REFUSED
    if (correction.state, correction.decision_reason) == (state, body.reason):
        return correction
    if correction.state is not VisitCorrectionState.REQUESTED:
        raise CorrectionDecided(state=correction.state)
    require_version(correction, expected_version)
    if body.is_accepted:
        _must_still_fit(correction, visit)
    correction.state, correction.decision_reason = state, body.reason
    correction.decided_by, correction.decided_at = actor.id, actor.at
    correction.version += 1
    await _record_event(session, actor, EventName.VISIT_CORRECTION_DECIDED, correction, visit)
    if body.is_accepted:
        await _apply(session, actor, correction, visit)
    return correction


async def page(session: AsyncSession, actor: Actor, query: VisitCorrectionQuery) -> Slice[VisitCorrection]:
    """Corrections of one's own visits and of visits of organisations in reach, newest first."""
    statement = filter_equal(_visible(actor), VisitCorrection, query, "visit_id", "state")
    return await page_newest_first(
        session, statement, col(VisitCorrection.requested_at), col(VisitCorrection.id), query
    )


def _visible(actor: Actor) -> SelectOfScalar[VisitCorrection]:
    """What was confided stays on the visitor's side, so the place sees no corrections."""
    seen: sa.ColumnElement[bool] = col(Visit.organisation_id).in_(scope.reachable(actor))
    if scope.sees_own(actor):
        seen = sa.or_(seen, col(Visit.person_id) == actor.id)
    return select(VisitCorrection).join(Visit, col(Visit.id) == col(VisitCorrection.visit_id)).where(seen)


async def _seen(session: AsyncSession, actor: Actor, correction_id: UUID) -> tuple[VisitCorrection, Visit]:
    statement = _visible(actor.asking(Permission.VISIT_READ)).where(VisitCorrection.id == correction_id)
    not_found = CorrectionNotFound(correction_id=str(correction_id))
    correction = await locked(session, statement, not_found, of=VisitCorrection)
    visit = await locked(session, select(Visit).where(Visit.id == correction.visit_id), not_found)
    return correction, visit


def _differing(visit: Visit, body: VisitCorrectionCreate, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands and what is asked for, of the fields that differ, as JSON. A stay is taken back by saying null."""
    wanted = body.model_dump(mode="json", include=set(FIELDS), exclude_none=True)
    if "stay" in body.model_fields_set:
        wanted["stay"] = body.model_dump(mode="json", include={"stay"})["stay"]
    before = _standing(visit, wanted)
    after = {name: value for name, value in wanted.items() if before[name] != value}
    if not after:
        raise NothingToCorrect
    for moment in (body.checked_in_at, body.checked_out_at):
        if moment and rules.is_in_future(moment, now):
            raise CorrectedTimeInFuture(moment=moment)
    _must_be_in_order(body, visit)
    return {name: before[name] for name in after}, after


def _standing(visit: Visit, names: Iterable[str]) -> dict[str, Any]:
    """These fields of the visit as JSON."""
    stands = VisitCorrectionCreate.model_validate({**{name: getattr(visit, name) for name in FIELDS}, "reason": "-"})
    return stands.model_dump(mode="json", include=set(names))


def _must_be_in_order(body: VisitCorrectionCreate, visit: Visit) -> None:
    """Raises CheckOutBeforeCheckIn."""
    began, ended = body.checked_in_at or visit.checked_in_at, body.checked_out_at or visit.checked_out_at
    if ended is not None and ended < began:
        raise CheckOutBeforeCheckIn(checked_in_at=began)


def _must_still_fit(correction: VisitCorrection, visit: Visit) -> None:
    """What it says it replaces must be what stands: a forgotten end may have come meanwhile.

    Raises CorrectionOutdated, CheckOutBeforeCheckIn.
    """
    if _standing(visit, correction.before) != correction.before:
        raise CorrectionOutdated
    _must_be_in_order(VisitCorrectionCreate.model_validate({**correction.after, "reason": "-"}), visit)


async def _apply(session: AsyncSession, actor: Actor, correction: VisitCorrection, visit: Visit) -> None:
    stands = VisitCorrectionCreate.model_validate({**correction.after, "reason": correction.reason})
    visit.sqlmodel_update(stands.model_dump(include=set(correction.after)))
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
