"""What is done to a placement: arranged by the sending side, reported by the person, appraised by the host."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.placements import Adoption, PlacementCreate, PlacementReportUpdate
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.ids import new_id
from service.foundation.workdays import day_of
from service.ground.placements import queries, terms
from service.ground.placements.errors import (
    AppraisalGiven,
    NotForOneself,
    NothingReported,
    PersonNotPosted,
    PlacementAlreadyEnded,
    PlacementNotBegun,
    PlacementNotFound,
    ReportDecided,
    SentNowhere,
)
from service.ground.placements.tables import EarlierPlacementReport, Placement
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.organisations.queries import is_posted


async def start(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: PlacementCreate, request_fingerprint: bytes
) -> tuple[Placement, bool]:
    """Send somebody; says whether this request did it.

    Raises OrganisationNotFound, NotPermitted, NotForOneself, OrganisationIsClosed, PersonNotPosted, SentNowhere,
    ContentDiffers.
    """
    await scope.must_reach(session, actor, request.sending_id)
    _must_be_another(actor, request.person_id)
    if await session.get(Placement, placement_id) is None:
        if request.host_id == request.sending_id:
            raise SentNowhere
        for organisation_id in sorted((request.sending_id, request.host_id)):
            await scope.must_be_open(session, organisation_id)
        if not await is_posted(session, request.person_id, request.sending_id, actor.at):
            raise PersonNotPosted
    row = Placement(
        id=placement_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump()
    )
    existing, is_new = await create_once(session, row, "sending_id")
    if is_new:
        await terms.start(session, existing)
        await terms.tell(session, EventName.PLACEMENT_STARTED, existing, actor.at, by=actor.id)
    return existing, is_new


async def end(session: AsyncSession, actor: Actor, placement_id: UUID, reason: str, based_on: int) -> Placement:
    """End before the last day; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, PlacementAlreadyEnded, VersionStale.
    """
    row = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, row.sending_id)
    _must_be_another(actor, row.person_id)
    if row.ended_at is not None:
        if row.end_reason == reason:
            return row
        raise PlacementAlreadyEnded(ended_at=row.ended_at.isoformat())
    _must_be_current(row, based_on)
    await terms.end(session, row, reason, actor.at, by=actor.id)
    return row


async def report(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: PlacementReportUpdate, based_on: int
) -> Placement:
    """The person says what came of it; until it is decided on, it may be written anew, and what it said is kept.

    Raises PlacementNotFound, NotPermitted, ReportDecided, VersionStale.
    """
    row = await _seen(session, actor, placement_id)
    if row.person_id != actor.id:
        raise NotPermitted(permission=actor.permission.value)
    if (row.report_title, row.report_summary) == (request.title, request.summary):
        return row
    if row.is_adopted is not None:
        raise ReportDecided
    _must_be_current(row, based_on)
    _keep_what_was_reported(session, row)
    row.report_title, row.report_summary, row.reported_at = request.title, request.summary, actor.at
    await terms.tell(session, EventName.PLACEMENT_REPORTED, row, actor.at, by=actor.id)
    return row


async def decide_adoption(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: Adoption, based_on: int
) -> Placement:
    """The sending side adopts the report or not, with a reason; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, NothingReported, ReportDecided, VersionStale.
    """
    row = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, row.sending_id)
    _must_be_another(actor, row.person_id)
    if (row.is_adopted, row.adoption_reason) == (request.is_adopted, request.reason):
        return row
    if row.reported_at is None:
        raise NothingReported
    if row.is_adopted is not None:
        raise ReportDecided
    _must_be_current(row, based_on)
    row.is_adopted, row.adoption_reason = request.is_adopted, request.reason
    await terms.tell(session, EventName.PLACEMENT_ADOPTION_DECIDED, row, actor.at, by=actor.id)
    return row


async def appraise(session: AsyncSession, actor: Actor, placement_id: UUID, appraisal: str, based_on: int) -> Placement:
    """The host says how it went, once; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, AppraisalGiven, PlacementNotBegun, VersionStale.
    """
    row = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, row.host_id)
    _must_be_another(actor, row.person_id)
    if row.appraisal == appraisal:
        return row
    if row.appraised_at is not None:
        raise AppraisalGiven(appraised_at=row.appraised_at.isoformat())
    if day_of(actor.at) < row.begins_on:
        raise PlacementNotBegun(begins_on=row.begins_on.isoformat())
    _must_be_current(row, based_on)
    row.appraisal, row.appraised_at, row.appraised_by = appraisal, actor.at, actor.id
    await terms.tell(session, EventName.PLACEMENT_APPRAISED, row, actor.at, by=actor.id)
    return row


async def _seen(session: AsyncSession, actor: Actor, placement_id: UUID) -> Placement:
    """A placement the actor may see, locked until the transaction ends. Raises PlacementNotFound."""
    visible = queries.seen(actor.asking(Permission.PLACEMENT_READ)).where(Placement.id == placement_id)
    row = (await session.exec(visible.with_for_update(of=Placement))).first()
    if row is None:
        raise PlacementNotFound(placement_id=str(placement_id))
    return row


async def _must_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> None:
    if not await scope.reaches(session, actor, organisation_id):
        raise NotPermitted(permission=actor.permission.value)


def _must_be_another(actor: Actor, person_id: UUID) -> None:
    """Nobody decides for oneself."""
    if actor.id == person_id:
        raise NotForOneself


def _keep_what_was_reported(session: AsyncSession, row: Placement) -> None:
    if row.report_title is None or row.report_summary is None or row.reported_at is None:
        return
    before = EarlierPlacementReport(
        id=new_id(),
        placement_id=row.id,
        person_id=row.person_id,
        title=row.report_title,
        summary=row.report_summary,
        reported_at=row.reported_at,
        version=row.version,
    )
    session.add(before)


def _must_be_current(row: Placement, based_on: int) -> None:
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
