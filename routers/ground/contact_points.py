"""Contact points of leaders: terms, handover, households and the opinion of the place."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import (
    AppState,
    AuditedReadSession,
    IfMatch,
    ReadSession,
    WriteSession,
    page_of,
    set_created,
    set_etag,
)
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.ground.contact_points import (
    ContactPointCreate,
    ContactPointEnd,
    ContactPointOut,
    ContactPointOwnState,
    ContactPointQuery,
    HouseholdCreate,
    HouseholdOut,
    OpinionCreate,
)
from service.fieldwork.visit_plans import own_state
from service.ground.contact_points import actions, households, queries
from service.ground.contact_points.tables import ContactPoint
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/contact-points", tags=["contact points"])
Reader = Annotated[Actor, Requires(Permission.CONTACT_POINT_READ)]
Officer = Annotated[Actor, Requires(Permission.CONTACT_POINT_WRITE)]
Host = Annotated[Actor, Requires(Permission.CONTACT_POINT_COMMENT)]
Leader = Annotated[Actor, Requires(Permission.CONTACT_HOUSEHOLD_KEEP)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "The same request was sent before; nothing changed."}}


@router.put("/{contact_point_id}", status_code=201, response_model=ContactPointOut, responses=REPEATED)
async def start_contact_point(
    contact_point_id: UUID,
    request: ContactPointCreate,
    actor: Officer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ContactPoint:
    """Start a leader's contact point at a place for a term.

    With `succeeds_id` it succeeds another contact point, which ends on the day before this one begins.
    """
    row, is_new = await actions.start_contact_point(
        session, actor, contact_point_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.put("/{contact_point_id}/end", response_model=ContactPointOut)
async def end_contact_point(
    contact_point_id: UUID,
    request: ContactPointEnd,
    actor: Officer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ContactPoint:
    """End a contact point before its last day. At the end of the last day it ends automatically."""
    row = await actions.end_contact_point(session, actor, contact_point_id, request.reason, expected_version)
    set_etag(response, row.version)
    return row


@router.put("/{contact_point_id}/opinion", response_model=ContactPointOut)
async def give_opinion(
    contact_point_id: UUID,
    request: OpinionCreate,
    actor: Host,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> ContactPoint:
    """Give, once, the opinion of the organisation responsible for the place.

    It can be given from the last days of the term (local rule, default 30 days) until one year after the end.
    """
    row = await actions.give_opinion(session, actor, contact_point_id, request.opinion, expected_version)
    set_etag(response, row.version)
    return row


@router.get("")
async def list_contact_points(
    actor: Reader,
    query: Annotated[ContactPointQuery, Query()],
    session: ReadSession,
) -> Page[ContactPointOut]:
    """List the contact points you may see, newest first.

    These are your own, and those of organisations within your reach or at their places.
    """
    page = await queries.list_contact_points(session, actor, query)
    return page_of(page, ContactPointOut)


@router.get("/{contact_point_id}", response_model=ContactPointOut)
async def read_contact_point(
    contact_point_id: UUID, actor: Reader, session: ReadSession, response: Response
) -> ContactPoint:
    """Read a contact point."""
    row = await queries.get_contact_point(session, actor, contact_point_id)
    set_etag(response, row.version)
    return row


@router.get("/{contact_point_id}/own-state")
async def read_own_state(contact_point_id: UUID, actor: Leader, session: ReadSession) -> ContactPointOwnState:
    """Read your planned and completed visits at your own contact point, and the expected number.

    Only you can read this.
    """
    return await own_state.read_own_state(session, actor, contact_point_id)


@router.put("/{contact_point_id}/households/{household_id}", status_code=204)
async def add_household(
    contact_point_id: UUID,
    household_id: UUID,
    request: HouseholdCreate,
    actor: Leader,
    session: WriteSession,
    app_state: AppState,
) -> None:
    """Add a household that agreed to contact with you.

    Its contact is encrypted, and only you can read it.
    """
    await households.add_household(
        session,
        actor,
        app_state.keys,
        contact_point_id,
        household_id,
        request,
        app_state.keys.fingerprint(canonical_fields(request)),
    )


@router.delete("/{contact_point_id}/households/{household_id}", status_code=204)
async def remove_household(contact_point_id: UUID, household_id: UUID, actor: Leader, session: WriteSession) -> None:
    """Delete a household that no longer agrees."""
    await households.remove_household(session, actor, contact_point_id, household_id)


@router.get("/{contact_point_id}/households")
async def list_households(
    contact_point_id: UUID,
    actor: Leader,
    query: Annotated[PageQuery, Query()],
    audited: AuditedReadSession,
    app_state: AppState,
) -> Page[HouseholdOut]:
    """List the households of your own contact point with their contacts, newest first.

    The reading is written to the access log.
    """
    page = await households.list_households(audited.session, actor, app_state.keys, contact_point_id, query)
    await audited.log("contact_household.read", actor, contact_point_id)
    return Page(items=list(page.rows), next_cursor=page.next_cursor)
