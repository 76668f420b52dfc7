"""Closing organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import IfMatch, ReadSession, WriteSession, set_etag
from routers.guard import Requires
from schemas.identity.organisations import OpenReferencesOut, OrganisationClose, OrganisationOut
from service.domains import DOMAINS
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.operations.closing import actions

router = APIRouter(prefix="/v1/organisations", tags=["organisations"])

Writer = Annotated[Actor, Requires(Permission.ORGANISATION_WRITE)]


@router.get("/{organisation_id}/open-references")
async def read_open_references(organisation_id: UUID, actor: Writer, session: ReadSession) -> OpenReferencesOut:
    """What still prevents closing the organisation."""
    counts = await actions.count_open_references(session, actor, DOMAINS, organisation_id)
    return OpenReferencesOut(open_references=counts)


@router.put("/{organisation_id}/closure", response_model=OrganisationOut)
async def close_organisation(
    organisation_id: UUID,
    request: OrganisationClose,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Close an organisation without open references. It is never deleted; its places go to the successor."""
    row = await actions.close_organisation(session, actor, DOMAINS, organisation_id, request, expected_version)
    set_etag(response, row.version)
    return row
