"""Read endpoints and their deliveries."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import PageQuery
from schemas.outward.webhooks import DeliveryQuery
from service.foundation.paging import Key, Slice, decode_key, filter_equal, page_newest_first, slice_page
from service.identity.access.actor import Actor
from service.identity.access.scope import reachable
from service.outward.webhooks.errors import EndpointNotFound
from service.outward.webhooks.tables import Delivery, Endpoint


async def read_endpoint(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Endpoint:
    """Read an endpoint of an organisation in reach. Raises EndpointNotFound."""
    statement = select(Endpoint).where(Endpoint.id == endpoint_id, col(Endpoint.organisation_id).in_(reachable(actor)))
    endpoint = (await session.exec(statement)).first()
    if endpoint is None:
        raise EndpointNotFound(endpoint_id=str(endpoint_id))
    return endpoint


async def list_endpoints(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[Endpoint]:
    """List the endpoints of the organisations in reach, newest first."""
    statement = select(Endpoint).where(col(Endpoint.organisation_id).in_(reachable(actor)))
    return await page_newest_first(session, statement, col(Endpoint.created_at), col(Endpoint.id), query)


async def list_deliveries(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, query: DeliveryQuery
) -> Slice[Delivery]:
    """List the deliveries of an endpoint in reach, newest first (UUIDv7). Raises EndpointNotFound."""
    endpoint = await read_endpoint(session, actor, endpoint_id)
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint.id)
    statement = filter_equal(statement, Delivery, query, "state")
    if key := decode_key(query.cursor):
        statement = statement.where(col(Delivery.id) < key.id)
    rows = (await session.exec(statement.order_by(col(Delivery.id).desc()).limit(query.limit + 1))).all()
    return slice_page(rows, query, lambda row: Key(row.created_at, row.id))
