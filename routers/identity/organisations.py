"""Endpoints of organisations, their anomalies, postings and divisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, page_of, set_created, set_etag
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.identity.organisation_anomalies import (
    OrganisationAnomalyOut,
    OrganisationAnomalyQuery,
)
from schemas.identity.organisations import (
    DivisionCode,
    DivisionOut,
    DivisionQuery,
    FormerNameOut,
    OrganisationCreate,
    OrganisationKindUpdate,
    OrganisationOut,
    OrganisationParentUpdate,
    OrganisationQuery,
    OrganisationUpdate,
    PostingCreate,
    PostingEnd,
    PostingOut,
    PostingQuery,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.organisations import actions, anomalies, divisions, moves, queries
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
SENT_BEFORE: dict[int | str, dict[str, Any]] = {200: {"description": "The request was sent before."}}


@organisations.put("/{organisation_id}", status_code=201, response_model=OrganisationOut, responses=SENT_BEFORE)
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
    set_created(response, is_new, row.version)
    return row


@organisations.put("/{organisation_id}/description", response_model=OrganisationOut)
async def change_organisation(
    organisation_id: UUID,
    request: OrganisationUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Change name, division or code of an organisation."""
    row = await actions.change_organisation(session, actor, organisation_id, request, expected_version)
    set_etag(response, row.version)
    return row


@organisations.put("/{organisation_id}/parent", response_model=OrganisationOut)
async def move_organisation(
    organisation_id: UUID,
    request: OrganisationParentUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Move an organisation, with all below it, below another parent. Rights follow at once."""
    row = await moves.move_organisation(session, actor, organisation_id, request, expected_version)
    set_etag(response, row.version)
    return row


@organisations.put("/{organisation_id}/kind", response_model=OrganisationOut)
async def change_organisation_kind(
    organisation_id: UUID,
    request: OrganisationKindUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Organisation:
    """Change the kind of an organisation, with the superior's approval where the rules require one."""
    row = await moves.change_kind(session, actor, organisation_id, request, expected_version)
    set_etag(response, row.version)
    return row


@organisations.get("")
async def list_organisations(
    actor: Reader,
    query: Annotated[OrganisationQuery, Query()],
    session: ReadSession,
) -> Page[OrganisationOut]:
    """Organisations, newest first."""
    organisations_page = await queries.organisations(session, actor, query)
    return page_of(organisations_page, OrganisationOut)


@organisations.get("/{organisation_id}", response_model=OrganisationOut)
async def read_organisation(
    organisation_id: UUID, actor: Reader, session: ReadSession, response: Response
) -> Organisation:
    """One organisation."""
    row = await queries.organisation(session, actor, organisation_id)
    set_etag(response, row.version)
    return row


@organisations.get("/{organisation_id}/former-names")
async def list_former_names(
    organisation_id: UUID, actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[FormerNameOut]:
    """The former names of an organisation, latest first."""
    names = await queries.former_names(session, actor, query, organisation_id)
    return page_of(names, FormerNameOut)


@anomaly_list.get("")
async def list_organisation_anomalies(
    actor: AnomalyReader,
    query: Annotated[OrganisationAnomalyQuery, Query()],
    session: ReadSession,
) -> Page[OrganisationAnomalyOut]:
    """Anomalies of organisations in your reach, such as a wrong parent or an unusual number of members.

    An anomaly blocks nothing. A page may have few items and still have a next page.
    """
    anomaly_page = await anomalies.organisation_anomalies(session, actor, query)
    return Page(items=list(anomaly_page.rows), next_cursor=anomaly_page.next_cursor)


@postings.put("/{posting_id}", status_code=201, response_model=PostingOut, responses=SENT_BEFORE)
async def start_posting(
    posting_id: UUID,
    request: PostingCreate,
    actor: PostingWriter,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Posting:
    """Grant a person a role in an organisation from a time on."""
    row, is_new = await actions.start_posting(
        session, actor, posting_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@postings.put("/{posting_id}/end", response_model=PostingOut)
async def end_posting(
    posting_id: UUID,
    request: PostingEnd,
    actor: PostingWriter,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Posting:
    """Set the end of a posting. The rights it gives end with it."""
    row = await actions.end_posting(session, actor, posting_id, request, expected_version)
    set_etag(response, row.version)
    return row


@postings.get("")
async def list_postings(
    actor: PostingReader,
    query: Annotated[PostingQuery, Query()],
    session: ReadSession,
) -> Page[PostingOut]:
    """Your own postings and those in organisations in your reach, latest start first."""
    postings_page = await queries.postings(session, actor, query)
    return page_of(postings_page, PostingOut)


@division_list.get("")
async def list_divisions(
    actor: DivisionReader,
    query: Annotated[DivisionQuery, Query()],
    session: ReadSession,
) -> Page[DivisionOut]:
    """The divisions directly below a parent, by code; without a parent the provinces."""
    divisions_page = await divisions.divisions(session, query)
    return page_of(divisions_page, DivisionOut)


@division_list.get("/{code}")
async def read_division(code: DivisionCode, actor: DivisionReader, session: ReadSession) -> DivisionOut:
    """One division."""
    return await divisions.division(session, code)
