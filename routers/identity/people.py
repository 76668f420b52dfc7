"""People, their consents, and what they ask to have corrected."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, AuditedReadSession, IfMatch, ReadSession, WriteSession, set_created, set_etag
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery, canonical_fields
from schemas.identity.auth import CredentialUpdate
from schemas.identity.people import (
    ConsentOut,
    ConsentPurpose,
    ConsentUpdate,
    CorrectionRequestCreate,
    CorrectionRequestDecision,
    CorrectionRequestOut,
    CorrectionRequestQuery,
    NoticeOut,
    NoticesOut,
    PersonCreate,
    PersonOut,
    PersonUpdate,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import accounts
from service.identity.people import actions, consents, notices, queries
from service.identity.people import corrections as requests
from service.identity.people.tables import Person

router = APIRouter(prefix="/v1/people", tags=["people"])
own = APIRouter(prefix="/v1/me", tags=["people"])
corrections = APIRouter(prefix="/v1", tags=["people"])

Reader = Annotated[Actor, Requires(Permission.PERSON_READ)]
Writer = Annotated[Actor, Requires(Permission.PERSON_WRITE)]
Revoking = Annotated[Actor, Requires(Permission.DEVICE_REVOKE)]
NoticeReader = Annotated[Actor, Requires(Permission.RETENTION_READ)]
ConsentReader = Annotated[Actor, Requires(Permission.CONSENT_READ)]
Asking = Annotated[Actor, Requires(Permission.CORRECTION_WRITE)]
CorrectionReader = Annotated[Actor, Requires(Permission.CORRECTION_READ)]
Deciding = Annotated[Actor, Requires(Permission.CORRECTION_DECIDE)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}
Consenting = Annotated[Actor, Requires(Permission.CONSENT_WRITE)]


@router.put("/{person_id}", status_code=201, response_model=PersonOut, responses={200: {"description": "Sent before."}})
async def create_person(
    person_id: UUID,
    request: PersonCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Person:
    """Create a person; what the person may do is said by postings."""
    row, is_new = await actions.create_person(
        session, actor, person_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.get("/{person_id}", response_model=PersonOut)
async def read_person(person_id: UUID, actor: Reader, audited: AuditedReadSession, response: Response) -> Person:
    """One person: yourself, or somebody in your reach. Written to the access log."""
    row = await queries.person(audited.session, actor, person_id)
    await audited.log("person.read", actor, person_id)
    set_etag(response, row.version)
    return row


@router.put("/{person_id}/credential", status_code=204)
async def set_credential(
    person_id: UUID, request: CredentialUpdate, actor: Writer, session: WriteSession, app_state: AppState
) -> None:
    """Give a person of your organisations a login and password, or replace them; nobody posted beyond your reach.

    The person changes it before anything else. Not for oneself, nor for a security or audit administrator.
    """
    await accounts.set_credential(session, actor, app_state.passwords, person_id, request)


@router.delete("/{person_id}/credential", status_code=204)
async def end_credential(person_id: UUID, actor: Writer, session: WriteSession) -> None:
    """End the login of a person of your organisations, who is signed out everywhere; setting it anew lets in again."""
    await accounts.end_credential(session, actor, person_id)


@router.delete("/{person_id}/second-factor", status_code=204)
async def reset_second_factor(person_id: UUID, actor: Writer, session: WriteSession) -> None:
    """Take away the lost authenticator of a person of your organisations, who is told and signed out everywhere."""
    await accounts.reset_second_factor(session, actor, person_id)


@router.delete("/{person_id}/lock", status_code=204)
async def lift_lock(person_id: UUID, actor: Writer, session: WriteSession, app_state: AppState) -> None:
    """Lift the lock on the login of a person of your organisations, after too many attempts."""
    await accounts.lift_lock(session, actor, app_state.ways.attempts, person_id)


@router.post("/{person_id}/device-revocations", status_code=204)
async def revoke_devices(person_id: UUID, actor: Revoking, session: WriteSession) -> None:
    """Sign a person of your organisations out everywhere: the phone is lost, the person has left."""
    await accounts.revoke_devices(session, actor, person_id)


@router.put("/{person_id}/description", response_model=PersonOut)
async def change_person(
    person_id: UUID,
    request: PersonUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Person:
    """Change the name of a person of your organisations, such as after an accepted request for correction."""
    row = await actions.change_person(session, actor, person_id, request, expected_version)
    set_etag(response, row.version)
    return row


@own.put("/consents/{purpose}", status_code=201, responses={200: {"description": "Given before."}})
async def give_consent(
    purpose: ConsentPurpose, request: ConsentUpdate, actor: Consenting, session: WriteSession, response: Response
) -> ConsentOut:
    """Consent to a purpose on its current notice; it can be withdrawn at any time."""
    row, is_new = await consents.give(session, actor, purpose, request)
    set_created(response, is_new, row.version)
    return consents.shown(row)


@own.delete("/consents/{purpose}")
async def withdraw_consent(purpose: ConsentPurpose, actor: Consenting, session: WriteSession) -> ConsentOut:
    """Withdraw a consent; what was kept under it is deleted."""
    return consents.shown(await consents.withdraw(session, actor, purpose))


@own.get("/consents")
async def list_consents(
    actor: ConsentReader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[ConsentOut]:
    """Every consent you ever gave, newest first: in force, to be renewed, or ended and why."""
    found = await consents.own(session, actor, query)
    return Page(items=[consents.shown(row) for row in found.rows], next_cursor=found.next_cursor)


@corrections.get("/consents/notices")
async def list_notices(actor: NoticeReader) -> NoticesOut:
    """What you are told before you consent, in every version there was: what, why, how long, and the effect."""
    return NoticesOut(items=[_notice(notice) for notice in reversed(notices.NOTICES)])


@own.put("/correction-requests/{request_id}", status_code=201, responses=AGAIN)
async def ask_for_correction(
    request_id: UUID,
    request: CorrectionRequestCreate,
    actor: Asking,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> CorrectionRequestOut:
    """Say what is wrong about you here and what it should be; your organisation's administrator decides."""
    same = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await requests.ask(session, actor, request_id, request, same)
    set_created(response, is_new, row.version)
    return (await requests.shown(session, [row]))[0]


@corrections.get("/correction-requests")
async def list_corrections(
    actor: CorrectionReader,
    query: Annotated[CorrectionRequestQuery, Query()],
    audited: AuditedReadSession,
) -> Page[CorrectionRequestOut]:
    """Requests for correction, newest first: your own, and those you are to decide. Written to the access log."""
    found = await requests.page(audited.session, actor, query)
    await audited.log("correction_request.listed", actor, actor.id)
    return Page(items=list(found.rows), next_cursor=found.next_cursor)


@corrections.get("/correction-requests/{request_id}")
async def read_correction(
    request_id: UUID, actor: CorrectionReader, audited: AuditedReadSession, response: Response
) -> CorrectionRequestOut:
    """One request for correction with its decision. Written to the access log."""
    found = await requests.one(audited.session, actor, request_id)
    await audited.log("correction_request.read", actor, found.person_id)
    set_etag(response, found.version)
    return found


@corrections.put("/correction-requests/{request_id}/decision")
async def decide_correction(
    request_id: UUID,
    request: CorrectionRequestDecision,
    actor: Deciding,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> CorrectionRequestOut:
    """Accept (the answer says who changes it) or refuse (the answer says why)."""
    row = await requests.decide(session, actor, request_id, request, expected_version)
    set_etag(response, row.version)
    return (await requests.shown(session, [row]))[0]


def _notice(notice: notices.Notice) -> NoticeOut:
    is_current = notice is notices.current(notice.purpose)
    return NoticeOut.model_validate(
        {**vars(notice), "is_current": is_current, "zh": vars(notice.zh), "en": vars(notice.en)}
    )
