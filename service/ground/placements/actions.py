"""Start and end placements; write, adopt and appraise their reports."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.placements import AdoptionUpdate, PlacementCreate, PlacementReportUpdate
from service.foundation.creation import create_once
from service.foundation.ids import new_id
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of
from service.ground.placements import queries, term_end
from service.ground.placements.errors import (
    AppraisalAlreadyGiven,
    HostIsSender,
    OwnCase,
    PersonNotPosted,
    PlacementAlreadyEnded,
    PlacementNotBegun,
    PlacementNotFound,
    ReportDecided,
    ReportMissing,
)
from service.ground.placements.tables import EarlierPlacementReport, Placement
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.organisations.queries import is_posted


async def start_placement(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: PlacementCreate, request_fingerprint: bytes
) -> tuple[Placement, bool]:
    """Start a placement of another person; return it and whether it is new.

    Raises: OrganisationNotFound, NotPermitted, OwnCase, OrganisationIsClosed, PersonNotPosted, HostIsSender,
    ContentDiffers.
    """
    await scope.must_reach(session, actor, request.sending_id)
    _must_not_be_own(actor, request.person_id)
    if await session.get(Placement, placement_id) is None:
        if request.host_id == request.sending_id:
            raise HostIsSender
        for organisation_id in sorted((request.sending_id, request.host_id)):
            await scope.must_be_open(session, organisation_id)
        if not await is_posted(session, request.person_id, request.sending_id, actor.at):
            raise PersonNotPosted
    row = Placement(
        id=placement_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump()
    )
    existing, is_new = await create_once(session, row, "sending_id")
    if is_new:
        await term_end.create_timer(session, existing)
        await term_end.record_event(session, EventName.PLACEMENT_STARTED, existing, actor.at, by=actor.event_actor)
    return existing, is_new


async def end_placement(
    session: AsyncSession, actor: Actor, placement_id: UUID, reason: str, expected_version: int
) -> Placement:
    """End a placement of another person before its last day; repeating the same reason changes nothing.

    Raises: PlacementNotFound, NotPermitted, OwnCase, PlacementAlreadyEnded, VersionStale.
    """
    row = await _lock_visible(session, actor, placement_id)
    await _must_reach(session, actor, row.sending_id)
    _must_not_be_own(actor, row.person_id)
    if row.ended_at is not None:
        if row.end_reason == reason:
            return row
        raise PlacementAlreadyEnded(ended_at=row.ended_at)
    require_version(row, expected_version)
    await term_end.end_placement(session, row, reason, actor.at, by=actor.event_actor)
    return row


async def write_report(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: PlacementReportUpdate, expected_version: int
) -> Placement:
    """Write or rewrite the report of the actor's own placement until its adoption is decided.

    The earlier text is kept in `earlier_placement_report`.
    Raises: PlacementNotFound, NotPermitted, ReportDecided, VersionStale.
    """
    row = await _lock_visible(session, actor, placement_id)
    if row.person_id != actor.id:
        raise NotPermitted(permission=actor.permission)
    if (row.report_title, row.report_summary) == (request.title, request.summary):
        return row
    if row.is_adopted is not None:
        raise ReportDecided
    require_version(row, expected_version)
    _keep_earlier_report(session, row)
    row.report_title, row.report_summary, row.reported_at = request.title, request.summary, actor.at
    await term_end.record_event(session, EventName.PLACEMENT_REPORTED, row, actor.at, by=actor.event_actor)
    return row


async def decide_adoption(
    session: AsyncSession, actor: Actor, placement_id: UUID, request: AdoptionUpdate, expected_version: int
) -> Placement:
    """Decide for the sending organisation whether to adopt the report of another person.

    Raises: PlacementNotFound, NotPermitted, OwnCase, ReportMissing, ReportDecided, VersionStale.
    """
    row = await _lock_visible(session, actor, placement_id)
    await _must_reach(session, actor, row.sending_id)
    _must_not_be_own(actor, row.person_id)
    if (row.is_adopted, row.adoption_reason) == (request.is_adopted, request.reason):
        return row
    if row.reported_at is None:
        raise ReportMissing
    if row.is_adopted is not None:
        raise ReportDecided
    require_version(row, expected_version)
    row.is_adopted, row.adoption_reason = request.is_adopted, request.reason
    await term_end.record_event(session, EventName.PLACEMENT_ADOPTION_DECIDED, row, actor.at, by=actor.event_actor)
    return row


async def write_appraisal(
    session: AsyncSession, actor: Actor, placement_id: UUID, appraisal: str, expected_version: int
) -> Placement:
    """Write, once, the host's appraisal of another person.

    Raises: PlacementNotFound, NotPermitted, OwnCase, AppraisalAlreadyGiven, PlacementNotBegun, VersionStale.
    """
    row = await _lock_visible(session, actor, placement_id)
    await _must_reach(session, actor, row.host_id)
    _must_not_be_own(actor, row.person_id)
    if row.appraisal == appraisal:
        return row
    if row.appraised_at is not None:
        raise AppraisalAlreadyGiven(appraised_at=row.appraised_at)
    if day_of(actor.at) < row.begins_on:
        raise PlacementNotBegun(begins_on=row.begins_on)
    require_version(row, expected_version)
    row.appraisal, row.appraised_at, row.appraised_by = appraisal, actor.at, actor.id
    await term_end.record_event(session, EventName.PLACEMENT_APPRAISED, row, actor.at, by=actor.event_actor)
    return row


async def _lock_visible(session: AsyncSession, actor: Actor, placement_id: UUID) -> Placement:
    """Load and lock a placement that the actor may see. Raises: PlacementNotFound."""
    visible = queries.visible_placements(actor.asking(Permission.PLACEMENT_READ)).where(Placement.id == placement_id)
    return await locked(session, visible, PlacementNotFound(placement_id=str(placement_id)), of=Placement)


async def _must_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> None:
    if not await scope.reaches(session, actor, organisation_id):
        raise NotPermitted(permission=actor.permission)


def _must_not_be_own(actor: Actor, person_id: UUID) -> None:
    """Refuse decisions of a person about their own placement. Raises: OwnCase."""
    if actor.id == person_id:
        raise OwnCase


def _keep_earlier_report(session: AsyncSession, row: Placement) -> None:
    if row.report_title is None or row.report_summary is None or row.reported_at is None:
        return
    earlier = EarlierPlacementReport(
        id=new_id(),
        placement_id=row.id,
        person_id=row.person_id,
        title=row.report_title,
        summary=row.report_summary,
        reported_at=row.reported_at,
        version=row.version,
    )
    session.add(earlier)
