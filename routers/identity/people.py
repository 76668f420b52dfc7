"""Persons, their consents, and their requests for correction."""

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
from service.identity.people import corrections as correction_requests
from service.identity.people.tables import Person

router = APIRouter(prefix="/v1/people", tags=["people"])
own = APIRouter(prefix="/v1/me", tags=["people"])
corrections = APIRouter(prefix="/v1", tags=["people"])

Reader = Annotated[Actor, Requires(Permission.PERSON_READ)]
Writer = Annotated[Actor, Requires(Permission.PERSON_WRITE)]
DeviceRevoker = Annotated[Actor, Requires(Permission.DEVICE_REVOKE)]
NoticeReader = Annotated[Actor, Requires(Permission.RETENTION_READ)]
ConsentReader = Annotated[Actor, Requires(Permission.CONSENT_READ)]
CorrectionWriter = Annotated[Actor, Requires(Permission.CORRECTION_WRITE)]
CorrectionReader = Annotated[Actor, Requires(Permission.CORRECTION_READ)]
CorrectionDecider = Annotated[Actor, Requires(Permission.CORRECTION_DECIDE)]
SENT_BEFORE: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}
ConsentWriter = Annotated[Actor, Requires(Permission.CONSENT_WRITE)]


@router.put("/{person_id}", status_code=201, response_model=PersonOut, responses={200: {"description": "Sent before."}})
async def create_person(
    person_id: UUID,
    request: PersonCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> Person:
    """Create a person. The person has no rights before a posting gives them."""
    row, is_new = await actions.create_person(
        session, actor, person_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.get("/{person_id}", response_model=PersonOut)
async def read_person(person_id: UUID, actor: Reader, audited: AuditedReadSession, response: Response) -> Person:
    """Read a person: yourself, or a person in your reach. Written to the access log."""
    row = await queries.person(audited.session, actor, person_id)
    await audited.log("person.read", actor, person_id)
    set_etag(response, row.version)
    return row


@router.put("/{person_id}/credential", status_code=204)
async def set_credential(
    person_id: UUID, request: CredentialUpdate, actor: Writer, session: WriteSession, app_state: AppState
) -> None:
    """Set or replace the login and password of a person of your organisations.

    The person must change the password before signing in. Not for yourself, for a person posted outside your reach,
    or for a security or audit administrator.
    """
    await accounts.set_credential(session, actor, app_state.passwords, person_id, request)


@router.delete("/{person_id}/credential", status_code=204)
async def end_credential(person_id: UUID, actor: Writer, session: WriteSession) -> None:
    """End the login of a person of your organisations and sign out every device.

    Setting it again restores it.
    """
    await accounts.end_credential(session, actor, person_id)


@router.delete("/{person_id}/second-factor", status_code=204)
async def reset_second_factor(person_id: UUID, actor: Writer, session: WriteSession) -> None:
    """Remove the lost authenticator of a person of your organisations and sign out every device."""
    await accounts.reset_second_factor(session, actor, person_id)


@router.delete("/{person_id}/lock", status_code=204)
async def unlock_login(person_id: UUID, actor: Writer, session: WriteSession, app_state: AppState) -> None:
    """Unlock the login of a person of your organisations after too many failed attempts."""
    await accounts.unlock_login(session, actor, app_state.sign_in_tools.attempts, person_id)


@router.post("/{person_id}/device-revocations", status_code=204)
async def revoke_devices(person_id: UUID, actor: DeviceRevoker, session: WriteSession) -> None:
    """Sign out every device of a person of your organisations, for example because the phone was lost."""
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
    """Change the name or staff number of a person of your organisations."""
    row = await actions.change_person(session, actor, person_id, request, expected_version)
    set_etag(response, row.version)
    return row


@own.put("/consents/{purpose}", status_code=201, responses={200: {"description": "Given before."}})
async def give_consent(
    purpose: ConsentPurpose, request: ConsentUpdate, actor: ConsentWriter, session: WriteSession, response: Response
) -> ConsentOut:
    """Consent to a purpose on its current notice. You can withdraw the consent at any time."""
    row, is_new = await consents.give(session, actor, purpose, request)
    set_created(response, is_new, row.version)
    return consents.consent_out(row)


@own.delete("/consents/{purpose}")
async def withdraw_consent(purpose: ConsentPurpose, actor: ConsentWriter, session: WriteSession) -> ConsentOut:
    """Withdraw a consent. The data stored under it is deleted."""
    return consents.consent_out(await consents.withdraw(session, actor, purpose))


@own.get("/consents")
async def list_consents(
    actor: ConsentReader, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[ConsentOut]:
    """Every consent that you ever gave, newest first, with its state."""
    page = await consents.page_own(session, actor, query)
    return Page(items=[consents.consent_out(row) for row in page.rows], next_cursor=page.next_cursor)


@corrections.get("/consents/notices")
async def list_notices(actor: NoticeReader) -> NoticesOut:
    """Every version of the notices to read before you consent: what, why, how long, and the effect."""
    return NoticesOut(items=[_notice(notice) for notice in reversed(notices.NOTICES)])


@own.put("/correction-requests/{request_id}", status_code=201, responses=SENT_BEFORE)
async def request_correction(
    request_id: UUID,
    request: CorrectionRequestCreate,
    actor: CorrectionWriter,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> CorrectionRequestOut:
    """Ask to correct your personal data. The administrator of your organisation decides."""
    request_fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await correction_requests.request_correction(session, actor, request_id, request, request_fingerprint)
    set_created(response, is_new, row.version)
    return (await correction_requests.correction_requests_out(session, [row]))[0]


@corrections.get("/correction-requests")
async def list_corrections(
    actor: CorrectionReader,
    query: Annotated[CorrectionRequestQuery, Query()],
    audited: AuditedReadSession,
) -> Page[CorrectionRequestOut]:
    """Your requests for correction and those that you may decide, newest first. Written to the access log."""
    page = await correction_requests.page(audited.session, actor, query)
    await audited.log("correction_request.listed", actor, actor.id)
    return Page(items=list(page.rows), next_cursor=page.next_cursor)


@corrections.get("/correction-requests/{request_id}")
async def read_correction(
    request_id: UUID, actor: CorrectionReader, audited: AuditedReadSession, response: Response
) -> CorrectionRequestOut:
    """One request for correction with its decision. Written to the access log."""
    correction = await correction_requests.read(audited.session, actor, request_id)
    await audited.log("correction_request.read", actor, correction.person_id)
    set_etag(response, correction.version)
    return correction


@corrections.put("/correction-requests/{request_id}/decision")
async def decide_correction(
    request_id: UUID,
    request: CorrectionRequestDecision,
    actor: CorrectionDecider,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> CorrectionRequestOut:
    """Accept a request (the answer says who changes the data) or refuse it (the answer says why)."""
    row = await correction_requests.decide(session, actor, request_id, request, expected_version)
    set_etag(response, row.version)
    return (await correction_requests.correction_requests_out(session, [row]))[0]


def _notice(notice: notices.Notice) -> NoticeOut:
    is_current = notice is notices.current(notice.purpose)
    return NoticeOut.model_validate(
        {**vars(notice), "is_current": is_current, "zh": vars(notice.zh), "en": vars(notice.en)}
    )
