"""What is done to a contact point: begin, hand over, end by its officer; an opinion by the place."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.contact_points import ContactPointCreate
from schemas.identity.local_rules import RuleKey
from service.foundation.creation import create_once
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of
from service.ground.contact_points import queries, rules, terms
from service.ground.contact_points.errors import (
    AlreadyEnded,
    AlreadyInContact,
    ContactPointNotFound,
    LeaderNotPosted,
    OpinionStays,
    OtherPlaceSucceeded,
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


async def start(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, request: ContactPointCreate, request_fingerprint: bytes
) -> tuple[ContactPoint, bool]:
    """Start a contact point; the one it takes over from ends on the day this one begins. Says whether this did it.

    Raises OrganisationNotFound, NotPermitted, PlaceNotFound, LeaderNotPosted, ContactPointNotFound,
    OtherPlaceSucceeded, AlreadyInContact, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    row = ContactPoint(
        id=contact_point_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump()
    )
    if await session.get(ContactPoint, contact_point_id) is None:
        await _must_be_possible(session, actor, request)
        row.is_waiting = await _take_over(session, actor, request)
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await terms.start(session, existing)
        await terms.tell(session, EventName.CONTACT_POINT_STARTED, existing, actor.at, by=actor.event_actor)
    return existing, is_new


async def end(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, reason: str, expected_version: int
) -> ContactPoint:
    """End before the last day; the same reason again changes nothing.

    Raises ContactPointNotFound, NotPermitted, AlreadyEnded, VersionStale.
    """
    point = await _seen(session, actor, contact_point_id)
    if not await scope.reaches(session, actor, point.organisation_id):
        raise NotPermitted(permission=actor.permission)
    if point.ended_at is not None:
        if point.end_reason == reason:
            return point
        raise AlreadyEnded(ended_at=point.ended_at)
    require_version(point, expected_version)
    await terms.end(session, point, reason, actor.at, by=actor.event_actor)
    return point


async def give_opinion(
    session: AsyncSession, actor: Actor, contact_point_id: UUID, opinion: str, expected_version: int
) -> ContactPoint:
    """The organisation responsible for the place says, once, what it thinks of the contact; the leader may not.

    Raises ContactPointNotFound, NotPermitted, OpinionStays, TooEarlyForOpinion, TooLateForOpinion, VersionStale.
    """
    point = await _seen(session, actor, contact_point_id)
    host = (await session.exec(select(Place.organisation_id).where(Place.id == point.place_id))).one()
    if point.leader_id == actor.id or not await scope.reaches(session, actor, host):
        raise NotPermitted(permission=actor.permission)
    if point.opinion == opinion:
        return point
    if point.opinion and point.opinion_at:
        raise OpinionStays(opinion_on=day_of(point.opinion_at))
    days = await rule_value(session, RuleKey.CONTACT_POINT_OPINION_DAYS, point.organisation_id, actor.at)
    rules.must_be_time_for_opinion(point.ends_on, point.ended_at, days, actor.at)
    require_version(point, expected_version)
    point.opinion, point.opinion_at, point.opinion_by = opinion, actor.at, actor.id
    point.version += 1
    await terms.tell(session, EventName.CONTACT_POINT_OPINION_GIVEN, point, actor.at, by=actor.event_actor)
    return point


async def _must_be_possible(session: AsyncSession, actor: Actor, request: ContactPointCreate) -> None:
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    if not await is_posted(session, request.leader_id, request.organisation_id, actor.at):
        raise LeaderNotPosted
    living = select(ContactPoint.id).where(
        ContactPoint.leader_id == request.leader_id,
        ContactPoint.place_id == request.place_id,
        col(ContactPoint.ended_at).is_(None),
        col(ContactPoint.id).is_distinct_from(request.succeeds_id),
    )
    if (await session.exec(living)).first() is not None:
        raise AlreadyInContact


async def _take_over(session: AsyncSession, actor: Actor, request: ContactPointCreate) -> bool:
    """End the contact point that is handed over, if it still lives, on the day the new one begins; now, if it has.

    Says whether the new one is the same leader's and waits for that end.
    """
    if request.succeeds_id is None:
        return False
    before = await _seen(session, actor, request.succeeds_id)
    if (before.place_id, before.organisation_id) != (request.place_id, request.organisation_id):
        raise OtherPlaceSucceeded
    if before.ended_at is not None:
        return False
    if request.begins_on <= day_of(actor.at):
        await terms.end(session, before, terms.HANDED_OVER, actor.at, by=actor.event_actor)
        return False
    await terms.hand_over(session, before, request.begins_on)
    return before.leader_id == request.leader_id


async def _seen(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """A contact point the actor may see, locked until the transaction ends. Raises ContactPointNotFound."""
    visible = queries.seen(actor.asking(Permission.CONTACT_POINT_READ))
    not_found = ContactPointNotFound(contact_point_id=str(contact_point_id))
    return await locked(session, visible.where(ContactPoint.id == contact_point_id), not_found, of=ContactPoint)
