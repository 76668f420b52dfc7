"""Organisations, postings and divisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import Held, IfMatch, Paged, Reading, Writing, created, tagged
from routers.guard import Requires
from schemas.foundation.common import Page, sent
from schemas.identity.organisation_anomalies import OrganisationAnomaly, OrganisationAnomalyOut
from schemas.identity.organisations import (
    DivisionCode,
    DivisionOut,
    Family,
    FormerNameOut,
    KindAsked,
    OrganisationAsked,
    OrganisationChanged,
    OrganisationOut,
    ParentAsked,
    PostingAsked,
    PostingEnded,
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
    organisation_id: UUID, asked: OrganisationAsked, actor: Writer, session: Writing, held: Held, response: Response
) -> Organisation:
    """Create an organisation under a parent of the same tree."""
    kept, is_new = await actions.create_organisation(
        session, actor, organisation_id, asked, held.keys.same(sent(asked))
    )
    created(response, is_new, kept.version)
    return kept


@organisations.put("/{organisation_id}/description", response_model=OrganisationOut)
async def change_organisation(
    organisation_id: UUID,
    asked: OrganisationChanged,
    actor: Writer,
    based_on: IfMatch,
    session: Writing,
    response: Response,
) -> Organisation:
    """Change name or division."""
    kept = await actions.change_organisation(session, actor, organisation_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@organisations.put("/{organisation_id}/parent", response_model=OrganisationOut)
async def move_organisation(
    organisation_id: UUID, asked: ParentAsked, actor: Writer, based_on: IfMatch, session: Writing, response: Response
) -> Organisation:
    """Put an organisation, with all below it, under another parent; rights follow at once."""
    kept = await mending.move_organisation(session, actor, organisation_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@organisations.put("/{organisation_id}/kind", response_model=OrganisationOut)
async def change_organisation_kind(
    organisation_id: UUID, asked: KindAsked, actor: Writer, based_on: IfMatch, session: Writing, response: Response
) -> Organisation:
    """Say what kind an organisation is, with the superior's approval where the rules want one."""
    kept = await mending.change_kind(session, actor, organisation_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@organisations.get("")
async def list_organisations(
    actor: Reader,
    asked: Paged,
    session: Reading,
    parent_id: Annotated[UUID | None, Query()] = None,
    family: Annotated[Family | None, Query()] = None,
) -> Page[OrganisationOut]:
    """Organisations, newest first."""
    found = await queries.organisations(session, actor, asked, parent_id=parent_id, family=family)
    items = [OrganisationOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@organisations.get("/{organisation_id}", response_model=OrganisationOut)
async def read_organisation(organisation_id: UUID, actor: Reader, session: Reading, response: Response) -> Organisation:
    """One organisation."""
    kept = await queries.organisation(session, actor, organisation_id)
    tagged(response, kept.version)
    return kept


@organisations.get("/{organisation_id}/former-names")
async def list_former_names(
    organisation_id: UUID, actor: Reader, asked: Paged, session: Reading
) -> Page[FormerNameOut]:
    """The names the organisation had, the last one first."""
    found = await queries.former_names(session, actor, asked, organisation_id)
    items = [FormerNameOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@anomaly_list.get("")
async def list_organisation_anomalies(
    actor: AnomalyReader,
    asked: Paged,
    session: Reading,
    organisation_id: Annotated[UUID | None, Query()] = None,
    anomaly: Annotated[OrganisationAnomaly | None, Query()] = None,
) -> Page[OrganisationAnomalyOut]:
    """What is odd about organisations in your reach: wrong parents, unusual sizes. Facts; nothing is blocked by them.

    A page may hold few items and still have a next one.
    """
    found = await anomalies.organisation_anomalies(
        session, actor, asked, organisation_id=organisation_id, anomaly=anomaly
    )
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@postings.put("/{posting_id}", status_code=201, response_model=PostingOut, responses=AGAIN)
async def start_posting(
    posting_id: UUID, asked: PostingAsked, actor: PostingWriter, session: Writing, held: Held, response: Response
) -> Posting:
    """Give a person a role in an organisation from a moment on."""
    kept, is_new = await actions.start_posting(session, actor, posting_id, asked, held.keys.same(sent(asked)))
    created(response, is_new, kept.version)
    return kept


@postings.put("/{posting_id}/end", response_model=PostingOut)
async def end_posting(
    posting_id: UUID,
    asked: PostingEnded,
    actor: PostingWriter,
    based_on: IfMatch,
    session: Writing,
    response: Response,
) -> Posting:
    """Say when the posting ends; the rights it gives end with it."""
    kept = await actions.end_posting(session, actor, posting_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@postings.get("")
async def list_postings(
    actor: PostingReader,
    asked: Paged,
    session: Reading,
    organisation_id: Annotated[UUID | None, Query()] = None,
    person_id: Annotated[UUID | None, Query()] = None,
) -> Page[PostingOut]:
    """Your own postings and those in organisations in your reach, latest beginning first."""
    found = await queries.postings(session, actor, asked, organisation_id=organisation_id, person_id=person_id)
    items = [PostingOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@division_list.get("")
async def list_divisions(
    actor: DivisionReader,
    session: Reading,
    parent_code: Annotated[DivisionCode | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[DivisionOut]:
    """The divisions directly below a parent, by code; without a parent the topmost."""
    items, last = await divisions.divisions(session, parent_code, decode_word(cursor), limit)
    return Page(items=items, next_cursor=encode([last]) if last else None)


@division_list.get("/{code}")
async def read_division(code: DivisionCode, actor: DivisionReader, session: Reading) -> DivisionOut:
    """One division."""
    return await divisions.division(session, code)
