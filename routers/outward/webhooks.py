"""Webhook endpoints of organisations, their deliveries and the replay of deliveries."""

from typing import Annotated, Any
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
    EndpointSecretOut,
    EndpointUpdate,
    ReplayCreate,
    ReplayOut,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.outward.webhooks import queries
from service.outward.webhooks.actions import change, create, disable, enable, replay, secrets
from service.outward.webhooks.tables import Endpoint

router = APIRouter(prefix="/v1/endpoints", tags=["webhooks"])
Reader = Annotated[Actor, Requires(Permission.ENDPOINT_READ)]
Writer = Annotated[Actor, Requires(Permission.ENDPOINT_WRITE)]
REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same request was sent before. `secret` is null."}
}


@router.put(
    "/{endpoint_id}",
    status_code=201,
    responses=REPEATED,
)
async def create_endpoint(
    endpoint_id: UUID,
    request: EndpointCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> EndpointSecretOut:
    """Create an endpoint. The secret is in this response only; a repeated request does not show it again."""
    request_fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    endpoint, secret = await create.create_endpoint(
        session,
        actor,
        endpoint_id,
        request,
        request_fingerprint=request_fingerprint,
        settings=app_state.settings,
        keys=app_state.keys,
    )
    set_created(response, secret is not None, endpoint.version)
    return EndpointSecretOut(endpoint=EndpointOut.model_validate(endpoint), secret=secret)


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
    """Change the address or the events. Queued deliveries go to the new address at once."""
    endpoint = await change.change_endpoint(
        session, actor, endpoint_id, request, expected_version=expected_version, settings=app_state.settings
    )
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/secrets", status_code=201)
async def add_secret(endpoint_id: UUID, actor: Writer, session: WriteSession, app_state: AppState) -> EndpointSecretOut:
    """Add a secret. It is shown only in this response. The older secrets stay valid for 24 hours."""
    endpoint, secret = await secrets.add_secret(session, actor, endpoint_id, keys=app_state.keys)
    return EndpointSecretOut(endpoint=EndpointOut.model_validate(endpoint), secret=secret)


@router.post("/{endpoint_id}/enablements", response_model=EndpointOut)
async def enable_endpoint(endpoint_id: UUID, actor: Writer, session: WriteSession, response: Response) -> Endpoint:
    """Resume deliveries, oldest first. Nothing was dropped while the endpoint was disabled."""
    endpoint = await enable.enable_endpoint(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/disablements", response_model=EndpointOut)
async def disable_endpoint(endpoint_id: UUID, actor: Writer, session: WriteSession, response: Response) -> Endpoint:
    """Stop deliveries. New deliveries are queued and kept for 90 days."""
    endpoint = await disable.disable_endpoint(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.post("/{endpoint_id}/replays")
async def replay_deliveries(
    endpoint_id: UUID, request: ReplayCreate, actor: Writer, session: WriteSession
) -> ReplayOut:
    """Send deliveries again: by id, by time range, or only those that were not delivered."""
    return ReplayOut(replayed=await replay.replay_deliveries(session, actor, endpoint_id, request))


@router.get("")
async def list_endpoints(
    actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[EndpointOut]:
    """List the endpoints of the organisations in your reach, newest first."""
    rows = await queries.list_endpoints(session, actor, query)
    return page_of(rows, EndpointOut)


@router.get("/{endpoint_id}", response_model=EndpointOut)
async def read_endpoint(endpoint_id: UUID, actor: Reader, session: ReadSession, response: Response) -> Endpoint:
    """Read one endpoint with its health, without its secrets."""
    endpoint = await queries.read_endpoint(session, actor, endpoint_id)
    set_etag(response, endpoint.version)
    return endpoint


@router.get("/{endpoint_id}/deliveries")
async def list_deliveries(
    endpoint_id: UUID,
    actor: Reader,
    query: Annotated[DeliveryQuery, Query()],
    session: ReadSession,
) -> Page[DeliveryOut]:
    """List the deliveries of an endpoint with the last response of each, newest first."""
    rows = await queries.list_deliveries(session, actor, endpoint_id, query)
    return page_of(rows, DeliveryOut)
