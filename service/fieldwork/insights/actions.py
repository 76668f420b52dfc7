"""What is done to an insight: written down, routed to a deciding unit, decided on there."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.insights import InsightMoved
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


async def write_down(
    session: AsyncSession,
    actor: Actor,
    insight_id: UUID,
    request: InsightWithVisitCreate,
    request_fingerprint: bytes,
    visit: VisitContext | None = None,
) -> tuple[Insight, bool]:
    """Write down what was heard, in a visit or without one; says whether this request did it.

    Raises NotPermitted without a posting that hears, PlaceNotFound, CategoryUnknown, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor)
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    await require_category(session, request.category_code)
    row = Insight(
        id=insight_id,
        raised_by=actor.id,
        organisation_id=visit.organisation_id if visit else organisation_id,
        raised_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(),
    )
    existing, is_new = await create_once(session, row, "raised_by")
    if is_new:
        await _record_event(session, actor, EventName.INSIGHT_WRITTEN_DOWN, existing)
    return existing, is_new


async def route(
    session: AsyncSession, actor: Actor, insight_id: UUID, organisation_id: UUID, expected_version: int
) -> Insight:
    """An officer sends it to the unit that can decide; until it has, it may be sent on.

    Raises InsightNotFound, NotPermitted, OrganisationNotFound, OrganisationIsClosed, AlreadyDecided, VersionStale.
    """
    insight = await _seen(session, actor, insight_id)
    if not await scope.reaches(session, actor, insight.organisation_id):
        raise NotPermitted(permission=actor.permission)
    if insight.routed_to == organisation_id:
        return insight
    _must_be_open(insight, expected_version)
    await scope.must_be_open(session, organisation_id)
    insight.routed_to = organisation_id
    await _record_event(session, actor, EventName.INSIGHT_ROUTED, insight)
    return insight


async def decide(
    session: AsyncSession, actor: Actor, insight_id: UUID, request: InsightDecision, expected_version: int
) -> Insight:
    """The deciding unit adopts it or not and says why; whoever wrote it down hears.

    Raises InsightNotFound, NotRouted, NotPermitted, OwnInsight, AlreadyDecided, VersionStale.
    """
    insight = await _seen(session, actor, insight_id)
    if (insight.is_adopted, insight.decision_reason) == (request.is_adopted, request.reason):
        return insight
    if insight.routed_to is None:
        raise NotRouted
    if not await scope.reaches(session, actor, insight.routed_to):
        raise NotPermitted(permission=actor.permission)
    if insight.raised_by == actor.id:
        raise OwnInsight
    _must_be_open(insight, expected_version)
    insight.is_adopted, insight.decision_reason, insight.decided_at = request.is_adopted, request.reason, actor.at
    await _record_event(session, actor, EventName.INSIGHT_DECIDED, insight)
    return insight


async def _seen(session: AsyncSession, actor: Actor, insight_id: UUID) -> Insight:
    """An insight the actor may see, locked until the transaction ends. Raises InsightNotFound."""
    visible = queries.seen(actor.asking(Permission.INSIGHT_READ)).where(Insight.id == insight_id)
    return await locked(session, visible, InsightNotFound(insight_id=str(insight_id)), of=Insight)


def _must_be_open(insight: Insight, expected_version: int) -> None:
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
        payload=InsightMoved(place_id=insight.place_id, kind=insight.kind.value, routed_to=insight.routed_to),
    )
