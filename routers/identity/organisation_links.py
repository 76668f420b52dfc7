"""Endpoints of links between organisations."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.identity.organisation_links import (
    OrganisationLinkCreate,
    OrganisationLinkEnd,
    OrganisationLinkOut,
    OrganisationLinkQuery,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.organisations import links
from service.identity.tree.tables import OrganisationLink

router = APIRouter(prefix="/v1/organisation-links", tags=["organisations"])

Reader = Annotated[Actor, Requires(Permission.ORGANISATION_LINK_READ)]
Writer = Annotated[Actor, Requires(Permission.ORGANISATION_LINK_WRITE)]
SENT_BEFORE: dict[int | str, dict[str, Any]] = {200: {"description": "The request was sent before."}}


@router.put("/{link_id}", status_code=201, response_model=OrganisationLinkOut, responses=SENT_BEFORE)
async def start_organisation_link(
    link_id: UUID,
    request: OrganisationLinkCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> OrganisationLink:
    """Link two organisations in your reach. The table of permissions says which rights a link gives."""
    row, is_new = await links.start_link(
        session, actor, link_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.put("/{link_id}/end", response_model=OrganisationLinkOut)
async def end_organisation_link(
    link_id: UUID,
    request: OrganisationLinkEnd,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> OrganisationLink:
    """Set the end of a link: now, or later. The rights it gives end with it."""
    row = await links.end_link(session, actor, link_id, request, expected_version)
    set_etag(response, row.version)
    return row


@router.get("")
async def list_organisation_links(
    actor: Reader,
    query: Annotated[OrganisationLinkQuery, Query()],
    session: ReadSession,
) -> Page[OrganisationLinkOut]:
    """Links between organisations, including ended ones, latest start first."""
    links_page = await links.links(session, actor, query)
    return page_of(links_page, OrganisationLinkOut)
