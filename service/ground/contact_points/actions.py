"""Start, hand over and end contact points; record the opinion of the place."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.contact_points import ContactPointCreate
from schemas.identity.local_rules import RuleKey
from service.foundation.creation import create_once
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of
from service.ground.contact_points import queries, rules, term_end
from service.ground.contact_points.errors import (
    AlreadyEnded,
    AlreadyInContact,
    ContactPointNotFound,
    LeaderNotPosted,
    OpinionAlreadyGiven,
    PredecessorMismatch,
)
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.local_rules.effective_rules import rule_value
from service.identity.organisations.queries import is_posted


async def start_contact_point(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, request: ContactPointCreate, request_fingerprint: bytes
) -> tuple[ContactPoint, bool]:
    """Start a contact point; return it and whether it is new.

    With `succeeds_id` the predecessor ends on the day before this one begins.
    Raises: OrganisationNotFound, NotPermitted, PlaceNotFound, LeaderNotPosted, ContactPointNotFound,
    PredecessorMismatch, AlreadyInContact, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    row = ContactPoint(
        id=contact_point_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump()
    )
    if await session.get(ContactPoint, contact_point_id) is None:
        await _must_be_allowed(session, actor, request)
        row.is_next_term = await _end_predecessor(session, actor, request)
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await term_end.create_timer(session, existing)
        await term_end.record_event(session, EventName.CONTACT_POINT_STARTED, existing, actor.at, by=actor.event_actor)
    return existing, is_new


async def end_contact_point(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, reason: str, expected_version: int
) -> ContactPoint:
    """End a contact point before its last day; repeating the same reason changes nothing.

    Raises: ContactPointNotFound, NotPermitted, AlreadyEnded, VersionStale.
    """
    point = await _lock_visible(session, actor, contact_point_id)
    if not await scope.reaches(session, actor, point.organisation_id):
        raise NotPermitted(permission=actor.permission)
    if point.ended_at is not None:
        if point.end_reason == reason:
            return point
        raise AlreadyEnded(ended_at=point.ended_at)
    require_version(point, expected_version)
    await term_end.end_contact_point(session, point, reason, actor.at, by=actor.event_actor)
    return point


async def give_opinion(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, opinion: str, expected_version: int
) -> ContactPoint:
    """Record, once, the opinion of the organisation responsible for the place. The leader may not give it.

    Raises: ContactPointNotFound, NotPermitted, OpinionAlreadyGiven, TooEarlyForOpinion, TooLateForOpinion,
    VersionStale.
    """
    point = await _lock_visible(session, actor, contact_point_id)
    host_id = (await session.exec(select(Place.organisation_id).where(Place.id == point.place_id))).one()
    if point.leader_id == actor.id or not await scope.reaches(session, actor, host_id):
        raise NotPermitted(permission=actor.permission)
    if point.opinion == opinion:
        return point
    if point.opinion and point.opinion_at:
        raise OpinionAlreadyGiven(opinion_on=day_of(point.opinion_at))
    days = await rule_value(session, RuleKey.CONTACT_POINT_OPINION_DAYS, point.organisation_id, actor.at)
    rules.must_accept_opinion(point.ends_on, point.ended_at, days, actor.at)
    require_version(point, expected_version)
    point.opinion, point.opinion_at, point.opinion_by = opinion, actor.at, actor.id
    point.version += 1
    await term_end.record_event(session, EventName.CONTACT_POINT_OPINION_GIVEN, point, actor.at, by=actor.event_actor)
    return point


async def _must_be_allowed(session: AsyncSession, actor: Actor, request: ContactPointCreate) -> None:
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    if not await is_posted(session, request.leader_id, request.organisation_id, actor.at):
        raise LeaderNotPosted
    statement = select(ContactPoint.id).where(
        ContactPoint.leader_id == request.leader_id,
        ContactPoint.place_id == request.place_id,
        col(ContactPoint.ended_at).is_(None),
        col(ContactPoint.id).is_distinct_from(request.succeeds_id),
    )
    if (await session.exec(statement)).first() is not None:
        raise AlreadyInContact


async def _end_predecessor(session: AsyncSession, actor: Actor, request: ContactPointCreate) -> bool:
    """End the predecessor, if it has not ended: now, or at the end of the day before the new one begins.

    Return whether the new one is the next term of the same leader and so starts only when the predecessor ends.
    """
    if request.succeeds_id is None:
        return False
    predecessor = await _lock_visible(session, actor, request.succeeds_id)
    if (predecessor.place_id, predecessor.organisation_id) != (request.place_id, request.organisation_id):
        raise PredecessorMismatch
    if predecessor.ended_at is not None:
        return False
    if request.begins_on <= day_of(actor.at):
        await term_end.end_contact_point(
            session, predecessor, term_end.HANDED_OVER_REASON, actor.at, by=actor.event_actor
        )
        return False
    await term_end.reschedule_for_successor(session, predecessor, request.begins_on)
    return predecessor.leader_id == request.leader_id


async def _lock_visible(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """Load and lock a contact point that the actor may see. Raises: ContactPointNotFound."""
    visible = queries.visible_contact_points(actor.asking(Permission.CONTACT_POINT_READ))
    not_found = ContactPointNotFound(contact_point_id=str(contact_point_id))
    return await locked(session, visible.where(ContactPoint.id == contact_point_id), not_found, of=ContactPoint)
