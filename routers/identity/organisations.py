"""Organisations, postings and divisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, Paged, ReadSession, WriteSession, created, tagged
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.identity.organisation_anomalies import OrganisationAnomaly, OrganisationAnomalyOut
from schemas.identity.organisations import (
    DivisionCode,
    DivisionOut,
    Family,
    FormerNameOut,
    OrganisationCreate,
    OrganisationKindUpdate,
    OrganisationOut,
    OrganisationParentUpdate,
    OrganisationUpdate,
    PostingCreate,
    PostingEnd,
    PostingOut,
)
from service.foundation.paging import decode_word, encode, encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.organisations import actions, anomalies, queries
from service.identity.organisations import moves as mending
from service.identity.organisations.divisions import queries as divisions
from service.identity.tree.tables import Organisation, Posting

organisations = APIRouter(prefix="/v1/organisations", tags=["organisations"])
postings = APIRouter(prefix="/v1/postings", tags=["organisations"])
division_list = APIRouter(prefix="/v1/divisions", tags=["organisations"])
anomaly_list = APIRouter(prefix="/v1/organisation-anomalies", tags=["organisations"])
routers = (organisations, anomaly_list, postings, division_list)

Reader = Annotated[Actor, Requires(Permission.ORGANISATION_READ)]
Writer = Annotated[Actor, Requires(Permission.ORGANISATION_WRITE)]
AnomalyReader = Annotated[Actor, Requires(Permission.ORGANISATION_ANOMALY_READ)]
PostingReader = Annotated[Actor, Requires(Permission.POSTING_READ)]
PostingWriter = Annotated[Actor, Requires(Permission.POSTING_WRITE)]
DivisionReader = Annotated[Actor, Requires(Permission.DIVISION_READ)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@organisations.put("/{organisation_id}", status_code=201, response_model=OrganisationOut, responses=AGAIN)
async def create_organisation(
    organisation_id: UUID,
    request: OrganisationCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Organisation:
    """Create an organisation under a parent of the same tree."""
    row, is_new = await actions.create_organisation(
        session, actor, organisation_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    created(response, is_new, row.version)
    return row


@organisations.put("/{organisation_id}/description", response_model=OrganisationOut)
async def change_organisation(
    organisation_id: UUID,
    request: OrganisationUpdate,
    actor: Writer,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Change name or division."""
    row = await actions.change_organisation(session, actor, organisation_id, request, based_on)
    tagged(response, row.version)
    return row


@organisations.put("/{organisation_id}/parent", response_model=OrganisationOut)
async def move_organisation(
    organisation_id: UUID,
    request: OrganisationParentUpdate,
    actor: Writer,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Put an organisation, with all below it, under another parent; rights follow at once."""
    row = await mending.move_organisation(session, actor, organisation_id, request, based_on)
    tagged(response, row.version)
    return row


@organisations.put("/{organisation_id}/kind", response_model=OrganisationOut)
async def change_organisation_kind(
    organisation_id: UUID,
    request: OrganisationKindUpdate,
    actor: Writer,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Say what kind an organisation is, with the superior's approval where the rules want one."""
    row = await mending.change_kind(session, actor, organisation_id, request, based_on)
    tagged(response, row.version)
    return row


@organisations.get("")
async def list_organisations(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    parent_id: Annotated[UUID | None, Query()] = None,
    family: Annotated[Family | None, Query()] = None,
) -> Page[OrganisationOut]:
    """Organisations, newest first."""
    found = await queries.organisations(session, actor, page, parent_id=parent_id, family=family)
    items = [OrganisationOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@organisations.get("/{organisation_id}", response_model=OrganisationOut)
async def read_organisation(
    organisation_id: UUID, actor: Reader, session: ReadSession, response: Response
) -> Organisation:
    """One organisation."""
    row = await queries.organisation(session, actor, organisation_id)
    tagged(response, row.version)
    return row


@organisations.get("/{organisation_id}/former-names")
async def list_former_names(
    organisation_id: UUID, actor: Reader, page: Paged, session: ReadSession
) -> Page[FormerNameOut]:
    """The names the organisation had, the last one first."""
    found = await queries.former_names(session, actor, page, organisation_id)
    items = [FormerNameOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@anomaly_list.get("")
async def list_organisation_anomalies(
    actor: AnomalyReader,
    page: Paged,
    session: ReadSession,
    organisation_id: Annotated[UUID | None, Query()] = None,
    anomaly: Annotated[OrganisationAnomaly | None, Query()] = None,
) -> Page[OrganisationAnomalyOut]:
    """What is odd about organisations in your reach: wrong parents, unusual sizes. Facts; nothing is blocked by them.

    A page may hold few items and still have a next one.
    """
    found = await anomalies.organisation_anomalies(
        session, actor, page, organisation_id=organisation_id, anomaly=anomaly
    )
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@postings.put("/{posting_id}", status_code=201, response_model=PostingOut, responses=AGAIN)
async def start_posting(
    posting_id: UUID,
    request: PostingCreate,
    actor: PostingWriter,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Posting:
    """Give a person a role in an organisation from a moment on."""
    row, is_new = await actions.start_posting(
        session, actor, posting_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    created(response, is_new, row.version)
    return row


@postings.put("/{posting_id}/end", response_model=PostingOut)
async def end_posting(
    posting_id: UUID,
    request: PostingEnd,
    actor: PostingWriter,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> Posting:
    """Say when the posting ends; the rights it gives end with it."""
    row = await actions.end_posting(session, actor, posting_id, request, based_on)
    tagged(response, row.version)
    return row


@postings.get("")
async def list_postings(
    actor: PostingReader,
    page: Paged,
    session: ReadSession,
    organisation_id: Annotated[UUID | None, Query()] = None,
    person_id: Annotated[UUID | None, Query()] = None,
) -> Page[PostingOut]:
    """Your own postings and those in organisations in your reach, latest beginning first."""
    found = await queries.postings(session, actor, page, organisation_id=organisation_id, person_id=person_id)
    items = [PostingOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@division_list.get("")
async def list_divisions(
    actor: DivisionReader,
    session: ReadSession,
    parent_code: Annotated[DivisionCode | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[DivisionOut]:
    """The divisions directly below a parent, by code; without a parent the topmost."""
    items, last = await divisions.divisions(session, parent_code, decode_word(cursor), limit)
    return Page(items=items, next_cursor=encode([last]) if last else None)


@division_list.get("/{code}")
async def read_division(code: DivisionCode, actor: DivisionReader, session: ReadSession) -> DivisionOut:
    """One division."""
    return await divisions.division(session, code)
