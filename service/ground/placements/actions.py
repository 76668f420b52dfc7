"""What is done to a placement: arranged by the sending side, reported by the person, appraised by the host."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.placements import Adoption, PlacementAsked, ReportAsked
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
    session: AsyncSession, actor: Actor, placement_id: UUID, asked: PlacementAsked, sameness: bytes
) -> tuple[Placement, bool]:
    """Send somebody; says whether this request did it.

    Raises OrganisationNotFound, NotPermitted, NotForOneself, OrganisationIsClosed, PersonNotPosted, SentNowhere,
    ContentDiffers.
    """
    await scope.must_reach(session, actor, asked.sending_id)
    _must_be_another(actor, asked.person_id)
    if await session.get(Placement, placement_id) is None:
        if asked.host_id == asked.sending_id:
            raise SentNowhere
        for organisation_id in sorted((asked.sending_id, asked.host_id)):
            await scope.must_be_open(session, organisation_id)
        if not await is_posted(session, asked.person_id, asked.sending_id, actor.at):
            raise PersonNotPosted
    row = Placement(id=placement_id, created_at=actor.at, sameness=sameness, **asked.model_dump())
    kept, is_new = await create_once(session, row, "sending_id")
    if is_new:
        await terms.start(session, kept)
        await terms.tell(session, EventName.PLACEMENT_STARTED, kept, actor.at, by=actor.id)
    return kept, is_new


async def end(session: AsyncSession, actor: Actor, placement_id: UUID, reason: str, based_on: int) -> Placement:
    """End before the last day; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, PlacementAlreadyEnded, VersionStale.
    """
    kept = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, kept.sending_id)
    _must_be_another(actor, kept.person_id)
    if kept.ended_at is not None:
        if kept.end_reason == reason:
            return kept
        raise PlacementAlreadyEnded(ended_at=kept.ended_at.isoformat())
    _must_be_current(kept, based_on)
    await terms.end(session, kept, reason, actor.at, by=actor.id)
    return kept


async def report(
    session: AsyncSession, actor: Actor, placement_id: UUID, asked: ReportAsked, based_on: int
) -> Placement:
    """The person says what came of it; until it is decided on, it may be written anew, and what it said is kept.

    Raises PlacementNotFound, NotPermitted, ReportDecided, VersionStale.
    """
    kept = await _seen(session, actor, placement_id)
    if kept.person_id != actor.id:
        raise NotPermitted(permission=actor.permission.value)
    if (kept.report_title, kept.report_summary) == (asked.title, asked.summary):
        return kept
    if kept.is_adopted is not None:
        raise ReportDecided
    _must_be_current(kept, based_on)
    _keep_what_was_reported(session, kept)
    kept.report_title, kept.report_summary, kept.reported_at = asked.title, asked.summary, actor.at
    await terms.tell(session, EventName.PLACEMENT_REPORTED, kept, actor.at, by=actor.id)
    return kept


async def decide_adoption(
    session: AsyncSession, actor: Actor, placement_id: UUID, asked: Adoption, based_on: int
) -> Placement:
    """The sending side adopts the report or not, with a reason; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, NothingReported, ReportDecided, VersionStale.
    """
    kept = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, kept.sending_id)
    _must_be_another(actor, kept.person_id)
    if (kept.is_adopted, kept.adoption_reason) == (asked.is_adopted, asked.reason):
        return kept
    if kept.reported_at is None:
        raise NothingReported
    if kept.is_adopted is not None:
        raise ReportDecided
    _must_be_current(kept, based_on)
    kept.is_adopted, kept.adoption_reason = asked.is_adopted, asked.reason
    await terms.tell(session, EventName.PLACEMENT_ADOPTION_DECIDED, kept, actor.at, by=actor.id)
    return kept


async def appraise(session: AsyncSession, actor: Actor, placement_id: UUID, appraisal: str, based_on: int) -> Placement:
    """The host says how it went, once; never the person.

    Raises PlacementNotFound, NotPermitted, NotForOneself, AppraisalGiven, PlacementNotBegun, VersionStale.
    """
    kept = await _seen(session, actor, placement_id)
    await _must_reach(session, actor, kept.host_id)
    _must_be_another(actor, kept.person_id)
    if kept.appraisal == appraisal:
        return kept
    if kept.appraised_at is not None:
        raise AppraisalGiven(appraised_at=kept.appraised_at.isoformat())
    if day_of(actor.at) < kept.begins_on:
        raise PlacementNotBegun(begins_on=kept.begins_on.isoformat())
    _must_be_current(kept, based_on)
    kept.appraisal, kept.appraised_at, kept.appraised_by = appraisal, actor.at, actor.id
    await terms.tell(session, EventName.PLACEMENT_APPRAISED, kept, actor.at, by=actor.id)
    return kept


async def _seen(session: AsyncSession, actor: Actor, placement_id: UUID) -> Placement:
    """A placement the actor may see, locked until the transaction ends. Raises PlacementNotFound."""
    visible = queries.seen(actor.asking(Permission.PLACEMENT_READ)).where(Placement.id == placement_id)
    kept = (await session.exec(visible.with_for_update(of=Placement))).first()
    if kept is None:
        raise PlacementNotFound(placement_id=str(placement_id))
    return kept


async def _must_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> None:
    if not await scope.reaches(session, actor, organisation_id):
        raise NotPermitted(permission=actor.permission.value)


def _must_be_another(actor: Actor, person_id: UUID) -> None:
    """Nobody decides for oneself."""
    if actor.id == person_id:
        raise NotForOneself


def _keep_what_was_reported(session: AsyncSession, kept: Placement) -> None:
    if kept.report_title is None or kept.report_summary is None or kept.reported_at is None:
        return
    before = EarlierPlacementReport(
        id=new_id(),
        placement_id=kept.id,
        person_id=kept.person_id,
        title=kept.report_title,
        summary=kept.report_summary,
        reported_at=kept.reported_at,
        version=kept.version,
    )
    session.add(before)


def _must_be_current(kept: Placement, based_on: int) -> None:
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
