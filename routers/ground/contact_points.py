"""Contact points of leaders: term, handover, households, the place's opinion."""

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
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{contact_point_id}", status_code=201, response_model=ContactPointOut, responses=AGAIN)
async def start_contact_point(
    contact_point_id: UUID,
    request: ContactPointCreate,
    actor: Officer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ContactPoint:
    """Begin a leader's contact point for a term; with `succeeds_id` another there ends on the day this one begins."""
    row, is_new = await actions.start(
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
    """End it before its last day. On its last day it ends by itself."""
    row = await actions.end(session, actor, contact_point_id, request.reason, expected_version)
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
    """The place says, once, what it thinks: from the last days of the term (local rule, 30) to a year after the end."""
    row = await actions.give_opinion(session, actor, contact_point_id, request.opinion, expected_version)
    set_etag(response, row.version)
    return row


@router.get("")
async def list_contact_points(
    actor: Reader,
    query: Annotated[ContactPointQuery, Query()],
    session: ReadSession,
) -> Page[ContactPointOut]:
    """Contact points you may see, newest first: yours, those of organisations in your reach, those at their places."""
    found = await queries.page(session, actor, query)
    return page_of(found, ContactPointOut)


@router.get("/{contact_point_id}", response_model=ContactPointOut)
async def read_contact_point(
    contact_point_id: UUID, actor: Reader, session: ReadSession, response: Response
) -> ContactPoint:
    """One contact point."""
    row = await queries.one(session, actor, contact_point_id)
    set_etag(response, row.version)
    return row


@router.get("/{contact_point_id}/own-state")
async def read_own_state(contact_point_id: UUID, actor: Leader, session: ReadSession) -> ContactPointOwnState:
    """What you planned and did at your own contact point, beside what is expected, if anything is. For you alone."""
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
    """Note a household that agreed to be kept in touch with. Encrypted at once; shown to you alone."""
    await households.add(
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
    """The household no longer agrees: its contact is deleted."""
    await households.remove(session, actor, contact_point_id, household_id)


@router.get("/{contact_point_id}/households")
async def list_households(
    contact_point_id: UUID,
    actor: Leader,
    query: Annotated[PageQuery, Query()],
    audited: AuditedReadSession,
    app_state: AppState,
) -> Page[HouseholdOut]:
    """The households of your own contact point, with their contacts, newest first. Written to the access log."""
    found = await households.page(audited.session, actor, app_state.keys, contact_point_id, query)
    await audited.log("contact_household.read", actor, contact_point_id)
    return Page(items=list(found.rows), next_cursor=found.next_cursor)
