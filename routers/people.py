"""People and their consents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from routers.deps import Held, Logged, Writing, created, sent, tagged
from routers.guard import Requires
from schemas.auth import CredentialAsked
from schemas.people import ConsentAsked, ConsentOut, ConsentPurpose, PersonAsked, PersonOut
from service.access.actor import Actor
from service.access.permissions import Permission
from service.auth import actions as auth
from service.people import actions, queries
from service.people.tables import Consent, Person

router = APIRouter(prefix="/v1/people", tags=["people"])
own = APIRouter(prefix="/v1/me", tags=["people"])

Reader = Annotated[Actor, Requires(Permission.PERSON_READ)]
Writer = Annotated[Actor, Requires(Permission.PERSON_WRITE)]
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
    """Give a person of your organisations a login and password, or replace them; nobody posted beyond your reach."""
    person = await queries.person_in_hand(session, actor, person_id)
    await auth.set_credential(session, held.passwords, person, asked, now=actor.at, by=actor.id)


@own.put(
    "/consents/{purpose}", status_code=201, response_model=ConsentOut, responses={200: {"description": "Given before."}}
)
async def give_consent(
    purpose: ConsentPurpose, asked: ConsentAsked, actor: Consenting, session: Writing, response: Response
) -> Consent:
    """Consent to a purpose; it can be withdrawn at any time."""
    kept, is_new = await actions.give_consent(session, actor, purpose, asked)
    created(response, is_new, kept.version)
    return kept


@own.delete("/consents/{purpose}", response_model=ConsentOut)
async def withdraw_consent(purpose: ConsentPurpose, actor: Consenting, session: Writing) -> Consent:
    """Withdraw a consent; what was kept under it is deleted."""
    return await actions.withdraw_consent(session, actor, purpose)
