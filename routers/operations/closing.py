"""Closing organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import IfMatch, ReadSession, WriteSession, set_etag
from routers.guard import Requires
from schemas.identity.organisations import Hanging, OrganisationClose, OrganisationOut
from service.domains import DOMAINS
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.operations.closing import actions

router = APIRouter(prefix="/v1/organisations", tags=["organisations"])

Writer = Annotated[Actor, Requires(Permission.ORGANISATION_WRITE)]


@router.get("/{organisation_id}/hanging")
async def read_hanging(organisation_id: UUID, actor: Writer, session: ReadSession) -> Hanging:
    """What still keeps the organisation from being closed."""
    return Hanging(hanging=await actions.open_references(session, actor, DOMAINS, organisation_id))


@router.put("/{organisation_id}/closure", response_model=OrganisationOut)
async def close_organisation(
    organisation_id: UUID,
    request: OrganisationClose,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Close an organisation on which nothing open hangs. It is never deleted; its places go to the successor."""
    row = await actions.close_organisation(session, actor, DOMAINS, organisation_id, request, expected_version)
    set_etag(response, row.version)
    return row
