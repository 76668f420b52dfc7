"""Webhook endpoints: where an organisation hears of events, what was sent there, and sending it again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.outward.webhooks import (
    DeliveryOut,
    DeliveryQuery,
    EndpointCreate,
    EndpointOut,
    EndpointSecret,
    EndpointUpdate,
    ReplayCreate,
    ReplayOut,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.outward.webhooks import actions, queries
from service.outward.webhooks.tables import Endpoint

router = APIRouter(prefix="/v1/endpoints", tags=["webhooks"])
Reader = Annotated[Actor, Requires(Permission.ENDPOINT_READ)]
Writer = Annotated[Actor, Requires(Permission.ENDPOINT_WRITE)]


@router.put("/{endpoint_id}", status_code=201, responses={200: {"description": "Sent before; the secret is null."}})
async def create_endpoint(
    endpoint_id: UUID,
    request: EndpointCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> EndpointSecret:
    """Create an endpoint. Its secret is in this answer and in no other; sending the same again shows it no more."""
    request_fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    endpoint, secret = await actions.create_endpoint(
        session,
        actor,
        endpoint_id,
        request,
        request_fingerprint=request_fingerprint,
        settings=app_state.settings,
        keys=app_state.keys,
    )
    set_created(response, secret is not None, endpoint.version)
    return EndpointSecret(endpoint=EndpointOut.model_validate(endpoint), secret=secret)


@router.put("/{endpoint_id}/subscription", response_model=EndpointOut)
async def change_endpoint(
    endpoint_id: UUID,
    request: EndpointUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Endpoint:
    """Change address or events. A new address gets what waits in line at once."""
    endpoint = await actions.change_endpoint(
        session, actor, endpoint_id, request, expected_version=expected_version, settings=app_state.settings
    )
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/secrets", status_code=201)
async def add_secret(endpoint_id: UUID, actor: Writer, session: WriteSession, app_state: AppState) -> EndpointSecret:
    """A new secret, shown this once. The others go on signing beside it for 24 hours."""
    endpoint, secret = await actions.add_secret(session, actor, endpoint_id, keys=app_state.keys)
    return EndpointSecret(endpoint=EndpointOut.model_validate(endpoint), secret=secret)


@router.post("/{endpoint_id}/enablements", response_model=EndpointOut)
async def enable_endpoint(endpoint_id: UUID, actor: Writer, session: WriteSession, response: Response) -> Endpoint:
    """Go on delivering, oldest first: nothing was dropped meanwhile."""
    endpoint = await actions.enable(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/disablements", response_model=EndpointOut)
async def disable_endpoint(endpoint_id: UUID, actor: Writer, session: WriteSession, response: Response) -> Endpoint:
    """Stop delivering. What happens meanwhile is kept for 90 days."""
    endpoint = await actions.disable(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/replays")
async def replay_deliveries(
    endpoint_id: UUID, request: ReplayCreate, actor: Writer, session: WriteSession
) -> ReplayOut:
    """Send again: deliveries by id, all of a stretch of time, or only those that never arrived."""
    return ReplayOut(replayed=await actions.replay(session, actor, endpoint_id, request))


@router.get("")
async def list_endpoints(
    actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[EndpointOut]:
    """Endpoints of the organisations in your reach, newest first."""
    found = await queries.page(session, actor, query)
    return page_of(found, EndpointOut)


@router.get("/{endpoint_id}", response_model=EndpointOut)
async def read_endpoint(endpoint_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Endpoint:
    """One endpoint, without its secrets, and how it has been answering."""
    endpoint = await queries.one(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.get("/{endpoint_id}/deliveries")
async def list_deliveries(
    endpoint_id: UUID,
    actor: Reader,
    query: Annotated[DeliveryQuery, Query()],
    session: ReadSession,
) -> Page[DeliveryOut]:
    """What was sent to an endpoint and what came back, newest first."""
    found = await queries.deliveries(session, actor, endpoint_id, query)
    return page_of(found, DeliveryOut)
