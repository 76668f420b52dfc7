"""Changes of an insight: record it, route it to a deciding unit, decide on it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.insights import InsightPayload
from schemas.fieldwork.insights import InsightDecision, InsightWithVisitCreate
from service.fieldwork.insights import queries
from service.fieldwork.insights.errors import AlreadyDecided, InsightNotFound, NotRouted, OwnInsight
from service.fieldwork.insights.tables import Insight
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.ground.places.visit_context import VisitContext
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.solving.problems.actions.moves import require_category


async def record_insight(
    session: AsyncSession,
    actor: Actor,
    insight_id: UUID,
    request: InsightWithVisitCreate,
    request_fingerprint: bytes,
    context: VisitContext | None = None,
) -> tuple[Insight, bool]:
    """Record an insight, in a visit (`context`) or without one.

    Returns the insight, and whether it is new.

    Raises: NotPermitted if no posting of the actor has the right, PlaceNotFound, CategoryUnknown, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    await require_category(session, request.category_code)
    row = Insight(
        id=insight_id,
        raised_by=actor.id,
        organisation_id=context.organisation_id if context else organisation_id,
        raised_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(),
    )
    insight, is_new = await create_once(session, row, "raised_by")
    if is_new:
        await _record_event(session, actor, EventName.INSIGHT_WRITTEN_DOWN, insight)
    return insight, is_new


async def route_insight(
    session: AsyncSession, actor: Actor, insight_id: UUID, organisation_id: UUID, expected_version: int
) -> Insight:
    """Route an insight to the unit that can decide on it. It can be routed again until it is decided.

    Raises: InsightNotFound, NotPermitted, OrganisationNotFound, OrganisationIsClosed, AlreadyDecided, VersionStale.
    """
    insight = await _lock_visible(session, actor, insight_id)
    if not await scope.reaches(session, actor, insight.organisation_id):
        raise NotPermitted(permission=actor.permission)
    if insight.routed_to == organisation_id:
        return insight
    _start_change(insight, expected_version)
    await scope.must_be_open(session, organisation_id)
    insight.routed_to = organisation_id
    await _record_event(session, actor, EventName.INSIGHT_ROUTED, insight)
    return insight


async def decide_insight(
    session: AsyncSession, actor: Actor, insight_id: UUID, request: InsightDecision, expected_version: int
) -> Insight:
    """Adopt an insight or not, with a reason, as the deciding unit. The event also goes to its author.

    Raises: InsightNotFound, NotRouted, NotPermitted, OwnInsight, AlreadyDecided, VersionStale.
    """
    insight = await _lock_visible(session, actor, insight_id)
    if (insight.is_adopted, insight.decision_reason) == (request.is_adopted, request.reason):
        return insight
    if insight.routed_to is None:
        raise NotRouted
    if not await scope.reaches(session, actor, insight.routed_to):
        raise NotPermitted(permission=actor.permission)
    if insight.raised_by == actor.id:
        raise OwnInsight
    _start_change(insight, expected_version)
    insight.is_adopted, insight.decision_reason, insight.decided_at = request.is_adopted, request.reason, actor.at
    await _record_event(session, actor, EventName.INSIGHT_DECIDED, insight)
    return insight


async def _lock_visible(session: AsyncSession, actor: Actor, insight_id: UUID) -> Insight:
    """Load and lock an insight that the actor may see. Raises: InsightNotFound."""
    visible = queries.visible_insights(actor.asking(Permission.INSIGHT_READ)).where(Insight.id == insight_id)
    return await locked(session, visible, InsightNotFound(insight_id=str(insight_id)), of=Insight)


def _start_change(insight: Insight, expected_version: int) -> None:
    """Check that the insight is not decided, check its version, and increment it."""
    if insight.is_adopted is not None:
        raise AlreadyDecided
    require_version(insight, expected_version)
    insight.version += 1


async def _record_event(session: AsyncSession, actor: Actor, name: EventName, insight: Insight) -> None:
    await record(
        session,
        name,
        insight,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[insight.organisation_id, *([insight.routed_to] if insight.routed_to else [])],
        persons=[insight.raised_by],
        payload=InsightPayload(place_id=insight.place_id, kind=insight.kind.value, routed_to=insight.routed_to),
    )
