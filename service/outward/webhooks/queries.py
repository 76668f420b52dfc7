"""Reading endpoints and their deliveries."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.outward.webhooks import DeliveryState
from service.foundation.paging import Key, PageQuery, Slice, newest_first, sliced
from service.identity.access.actor import Actor
from service.identity.access.scope import reachable
from service.outward.webhooks.errors import EndpointNotFound
from service.outward.webhooks.tables import Delivery, Endpoint


async def one(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """An endpoint of an organisation in reach. Raises EndpointNotFound."""
    statement = select(Endpoint).where(Endpoint.id == endpoint_id, col(Endpoint.organisation_id).in_(reachable(actor)))
    endpoint = (await session.exec(statement)).first()
    if endpoint is None:
        raise EndpointNotFound(endpoint_id=str(endpoint_id))
    return endpoint


async def page(session: AsyncSession, actor: Actor, page_query: PageQuery) -> Slice[Endpoint]:
    """Endpoints of the organisations in reach, newest first."""
    statement = select(Endpoint).where(col(Endpoint.organisation_id).in_(reachable(actor)))
    return await newest_first(session, statement, col(Endpoint.created_at), col(Endpoint.id), page_query)


async def deliveries(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, state: DeliveryState | None, page_query: PageQuery
) -> Slice[Delivery]:
    """Deliveries to an endpoint in reach, newest first; ids begin with the moment. Raises EndpointNotFound."""
    endpoint = await one(session, actor, endpoint_id)
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint.id)
    if state:
        statement = statement.where(Delivery.state == state)
    if page_query.after:
        statement = statement.where(col(Delivery.id) < page_query.after.id)
    rows = (await session.exec(statement.order_by(col(Delivery.id).desc()).limit(page_query.limit + 1))).all()
    return sliced(rows, page_query.limit, lambda row: Key(row.created_at, row.id))
