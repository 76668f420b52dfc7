"""People, their consents, and what they ask to have corrected."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import Held, IfMatch, Logged, Paged, Reading, Writing, created, tagged
from routers.guard import Requires
from schemas.foundation.common import Page, sent
from schemas.identity.auth import CredentialAsked
from schemas.identity.devices import RevokedBecause
from schemas.identity.people import (
    ConsentAsked,
    ConsentOut,
    ConsentPurpose,
    CorrectionAsked,
    CorrectionDecision,
    CorrectionOut,
    CorrectionState,
    NoticeOut,
    NoticesOut,
    PersonAsked,
    PersonChanged,
    PersonOut,
)
from service.foundation.paging import encode_key
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import actions as auth
from service.identity.auth import devices, factors
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
    person_id: UUID, asked: PersonAsked, actor: Writer, session: Writing, held: Held, response: Response
) -> Person:
    """Create a person; what the person may do is said by postings."""
    kept, is_new = await actions.create_person(session, actor, person_id, asked, held.keys.same(sent(asked)))
    created(response, is_new, kept.version)
    return kept


@router.get("/{person_id}", response_model=PersonOut)
async def read_person(person_id: UUID, actor: Reader, door: Logged, response: Response) -> Person:
    """One person: yourself, or somebody in your reach. Written to the access log."""
    kept = await queries.person(door.session, actor, person_id)
    await door.log("person.read", actor, person_id)
    tagged(response, kept.version)
    return kept


@router.put("/{person_id}/credential", status_code=204)
async def set_credential(person_id: UUID, asked: CredentialAsked, actor: Writer, session: Writing, held: Held) -> None:
    """Give a person of your organisations a login and password, or replace them; nobody posted beyond your reach.

    The person changes it before anything else. Not for oneself, nor for a security or audit administrator.
    """
    person = await queries.person_to_let_in(session, actor, person_id)
    await auth.set_credential(session, held.passwords, person, asked, now=actor.at, by=actor.id, must_change=True)


@router.delete("/{person_id}/credential", status_code=204)
async def end_credential(person_id: UUID, actor: Writer, session: Writing) -> None:
    """End the login of a person of your organisations, who is signed out everywhere; setting it anew lets in again."""
    await queries.person_to_let_in(session, actor, person_id)
    await auth.end_credential(session, person_id, by=actor.id, now=actor.at)


@router.delete("/{person_id}/second-factor", status_code=204)
async def reset_second_factor(person_id: UUID, actor: Writer, session: Writing) -> None:
    """Take away the lost authenticator of a person of your organisations, who is told and signed out everywhere."""
    await queries.person_to_let_in(session, actor, person_id)
    await factors.reset(session, person_id, by=actor.id, now=actor.at)


@router.delete("/{person_id}/lock", status_code=204)
async def lift_lock(person_id: UUID, actor: Writer, session: Writing, held: Held) -> None:
    """Lift the lock on the login of a person of your organisations, after too many attempts."""
    await queries.person_in_hand(session, actor, person_id)
    await held.ways.attempts.lift(session, await auth.login_of(session, person_id))
    await log_access(session, "auth.lock_lifted", actor_id=actor.id, subject_id=person_id)


@router.post("/{person_id}/device-revocations", status_code=204)
async def revoke_devices(person_id: UUID, actor: Revoking, session: Writing) -> None:
    """Sign a person of your organisations out everywhere: the phone is lost, the person has left."""
    await queries.person_in_hand(session, actor, person_id)
    await devices.revoke(session, person_id, RevokedBecause.ADMINISTRATOR, by=actor.id, now=actor.at)


@router.put("/{person_id}/description", response_model=PersonOut)
async def change_person(
    person_id: UUID, asked: PersonChanged, actor: Writer, based_on: IfMatch, session: Writing, response: Response
) -> Person:
    """Change the name of a person of your organisations, such as after an accepted request for correction."""
    kept = await actions.change_person(session, actor, person_id, asked, based_on)
    tagged(response, kept.version)
    return kept


@own.put("/consents/{purpose}", status_code=201, responses={200: {"description": "Given before."}})
async def give_consent(
    purpose: ConsentPurpose, asked: ConsentAsked, actor: Consenting, session: Writing, response: Response
) -> ConsentOut:
    """Consent to a purpose on its current notice; it can be withdrawn at any time."""
    kept, is_new = await consents.give(session, actor, purpose, asked)
    created(response, is_new, kept.version)
    return consents.shown(kept)


@own.delete("/consents/{purpose}")
async def withdraw_consent(purpose: ConsentPurpose, actor: Consenting, session: Writing) -> ConsentOut:
    """Withdraw a consent; what was kept under it is deleted."""
    return consents.shown(await consents.withdraw(session, actor, purpose))


@own.get("/consents")
async def list_consents(actor: ConsentReader, asked: Paged, session: Reading) -> Page[ConsentOut]:
    """Every consent you ever gave, newest first: in force, to be renewed, or ended and why."""
    found = await consents.own(session, actor, asked)
    return Page(items=[consents.shown(row) for row in found.rows], next_cursor=encode_key(found.last))


@corrections.get("/consents/notices")
async def list_notices(actor: NoticeReader) -> NoticesOut:
    """What you are told before you consent, in every version there was: what, why, how long, and the effect."""
    return NoticesOut(items=[_notice(notice) for notice in reversed(notices.NOTICES)])


@own.put("/correction-requests/{request_id}", status_code=201, responses=AGAIN)
async def ask_for_correction(
    request_id: UUID, asked: CorrectionAsked, actor: Asking, session: Writing, held: Held, response: Response
) -> CorrectionOut:
    """Say what is wrong about you here and what it should be; your organisation's administrator decides."""
    same = held.keys.same(sent(asked))
    kept, is_new = await requests.ask(session, actor, request_id, asked, same)
    created(response, is_new, kept.version)
    return (await requests.shown(session, [kept]))[0]


@corrections.get("/correction-requests")
async def list_corrections(
    actor: CorrectionReader,
    asked: Paged,
    door: Logged,
    state: Annotated[CorrectionState | None, Query()] = None,
) -> Page[CorrectionOut]:
    """Requests for correction, newest first: your own, and those you are to decide. Written to the access log."""
    found = await requests.page(door.session, actor, asked, state)
    await door.log("correction_request.listed", actor, actor.id)
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@corrections.get("/correction-requests/{request_id}")
async def read_correction(request_id: UUID, actor: CorrectionReader, door: Logged, response: Response) -> CorrectionOut:
    """One request for correction with its decision. Written to the access log."""
    found = await requests.one(door.session, actor, request_id)
    await door.log("correction_request.read", actor, found.person_id)
    tagged(response, found.version)
    return found


@corrections.put("/correction-requests/{request_id}/decision")
async def decide_correction(
    request_id: UUID,
    asked: CorrectionDecision,
    actor: Deciding,
    based_on: IfMatch,
    session: Writing,
    response: Response,
) -> CorrectionOut:
    """Accept (the answer says who changes it) or refuse (the answer says why)."""
    kept = await requests.decide(session, actor, request_id, asked, based_on)
    tagged(response, kept.version)
    return (await requests.shown(session, [kept]))[0]


def _notice(notice: notices.Notice) -> NoticeOut:
    is_current = notice is notices.current(notice.purpose)
    return NoticeOut.model_validate(
        {**vars(notice), "is_current": is_current, "zh": vars(notice.zh), "en": vars(notice.en)}
    )
