"""Set the categories of problems with their deadlines, and the routes for automatic dispatch."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import CategoryUpdate, RouteUpdate
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.solving.problems import versions
from service.solving.problems.actions.moves import require_category
from service.solving.problems.tables import ProblemCategory, ProblemRoute


async def set_category(session: AsyncSession, actor: Actor, code: str, request: CategoryUpdate) -> ProblemCategory:
    """Add or change a category for the whole jurisdiction. Raises NotPermitted."""
    await scope.must_reach_root(session, actor)
    row: ProblemCategory = await versions.put_with_version(session, actor, versions.CATEGORY, code, request)
    await log_access(session, "problem_category.set", actor_id=actor.id, facts={"code": code, **request.model_dump()})
    return row


async def set_route(session: AsyncSession, actor: Actor, route_id: UUID, request: RouteUpdate) -> ProblemRoute:
    """Add or change the route of a category and division.

    Only the administrator of the whole jurisdiction may: a route also decides who sees the contacts of residents.
    Raises: NotPermitted, OrganisationNotFound, CategoryUnknown.
    """
    await scope.must_reach_root(session, actor)
    await scope.must_be_open(session, request.organisation_id)
    await require_category(session, request.category_code)
    row: ProblemRoute = await versions.put_with_version(session, actor, versions.ROUTE, route_id, request)
    facts = request.model_dump(mode="json")
    await log_access(session, "problem_route.set", actor_id=actor.id, subject_id=route_id, facts=facts)
    return row
