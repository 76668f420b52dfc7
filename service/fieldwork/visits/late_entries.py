"""Late entry: a whole visit recorded after it took place, without a position.

DESIGN §2.2, DOMAIN §4.5 rule 10: a missing position or a late entry has no consequence anywhere.
"""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import LateEntryCreate, VisitEnd, VisitState
from service.fieldwork.visits import rules
from service.fieldwork.visits.actions import record_ended
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.rules import Measure
from service.fieldwork.visits.tables import Visit
from service.fieldwork.visits.visit_record import RecordResult, apply_record, write_linked_records
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.errors import NotFound
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Fence, Place
from service.identity.access import scope
from service.identity.access.actor import Actor


async def write_late_entry(
    session: AsyncSession,
    actor: Actor,
    keys: Keys,
    visit_id: UUID,
    request: LateEntryCreate,
    request_fingerprint: bytes,
) -> tuple[RecordResult, bool]:
    """Record a visit that has ended. Returns the result, and whether the visit is new.

    Raises: NotPermitted, OrganisationNotFound, PlaceNotFound, CheckOutBeforeCheckIn, CheckOutInFuture, ContentDiffers,
    VisitNotFound if the id belongs to another person, and the errors of `visit_record.write_linked_records`.
    """
    rules.require_past_visit(request.checked_in_at, request.checked_out_at, actor.at)
    organisation_id = await scope.must_be_posted(session, actor, request.organisation_id)
    place = await session.get(Place, request.place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    presence, reasons = rules.judge_presence(await _build_measurements(session, place.id))
    row = Visit(
        id=visit_id,
        person_id=actor.id,
        organisation_id=organisation_id,
        place_id=place.id,
        state=VisitState.ENDED,
        checked_in_at=request.checked_in_at,
        checked_out_at=request.checked_out_at,
        ended_by=VisitEnd.CHECKED_OUT,
        presence=presence,
        presence_reasons=[reason.value for reason in reasons],
        recorded_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    apply_record(row, request)
    try:
        visit, is_new = await create_once(session, row, "person_id")
    except NotFound:
        raise VisitNotFound(visit_id=str(visit_id)) from None
    if is_new:
        await record_ended(session, visit, request.checked_out_at, by=actor.event_actor)
    linked = await write_linked_records(session, actor, keys, visit, request, is_again=not is_new)
    return RecordResult(visit, linked.tokens, is_new or linked.is_new), is_new


async def _build_measurements(session: AsyncSession, place_id: UUID) -> dict[Measure, float | None]:
    statement = select(func.count()).where(Fence.place_id == place_id, col(Fence.valid_until).is_(None))
    fences = (await session.exec(statement)).one()
    return dict.fromkeys(Measure) | {Measure.POSITIONS: 0, Measure.FENCES: fences}
