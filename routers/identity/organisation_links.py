"""Links beside the two trees."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import Held, IfMatch, Paged, Reading, Writing, created, tagged
from routers.guard import Requires
from schemas.foundation.common import Page, sent
from schemas.identity.organisation_links import (
    LinkKind,
    OrganisationLinkAsked,
    OrganisationLinkEnded,
    OrganisationLinkOut,
)
from service.foundation.paging import encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.organisations import links as linking
from service.identity.tree.tables import OrganisationLink

router = APIRouter(prefix="/v1/organisation-links", tags=["organisations"])

Reader = Annotated[Actor, Requires(Permission.ORGANISATION_LINK_READ)]
Writer = Annotated[Actor, Requires(Permission.ORGANISATION_LINK_WRITE)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{link_id}", status_code=201, response_model=OrganisationLinkOut, responses=AGAIN)
async def start_organisation_link(
    link_id: UUID, asked: OrganisationLinkAsked, actor: Writer, session: Writing, held: Held, response: Response
) -> OrganisationLink:
    """Link two organisations in your reach. What a link gives stands in the table of permissions."""
    kept, is_new = await linking.start_link(session, actor, link_id, asked, held.keys.same(sent(asked)))
    created(response, is_new, kept.version)
    return kept


@router.put("/{link_id}/end", response_model=OrganisationLinkOut)
async def end_organisation_link(
    link_id: UUID,
    asked: OrganisationLinkEnded,
    actor: Writer,
    based_on: IfMatch,
    session: Writing,
    response: Response,
) -> OrganisationLink:
    """End a link, now or later; the rights it gives end with it."""
    kept = await linking.end_link(session, actor, link_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@router.get("")
async def list_organisation_links(
    actor: Reader,
    asked: Paged,
    session: Reading,
    organisation_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[LinkKind | None, Query()] = None,
) -> Page[OrganisationLinkOut]:
    """Links between organisations, ended ones too, latest beginning first."""
    found = await linking.links(session, actor, asked, organisation_id=organisation_id, kind=kind)
    items = [OrganisationLinkOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))
