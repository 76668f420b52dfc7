"""Recording events: the payload class is checked, and the actor is stored."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import PostingStartedOrEnded
from service.foundation.events.actors import RESIDENT, SYSTEM, ActorKind, EventActor
from service.foundation.events.record import Fact, event_insert_sql, record, record_many
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.auth.tables import Device
from service.identity.people.tables import Person
from tests import build

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def revoked_sql(payload: dict[str, str]) -> str:
    return event_insert_sql(
        Device,
        "device",
        EventName.DEVICE_REVOKED,
        event_id=":event_id",
        occurred_at=":now",
        actor_kind=ActorKind.SYSTEM,
        payload=payload,
    )


def test_set_based_event_with_all_payload_keys_is_built() -> None:
    sql = revoked_sql({"reason": "device.revoked_because"})

    assert "jsonb_build_object('reason', device.revoked_because)" in sql
    assert "'device.revoked', device.id, ARRAY[]::uuid[], ARRAY[]::uuid[], 'system', NULL, :now" in sql


@pytest.mark.parametrize("payload", [{}, {"why": "''"}, {"reason": "''", "name": "''"}])
def test_set_based_event_with_other_keys_is_refused(payload: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="DeviceRevoked"):
        revoked_sql(payload)


def test_set_based_event_of_several_names_checks_each() -> None:
    names = (EventName.PERSON_CREATED, EventName.DEVICE_REVOKED)

    with pytest.raises(TypeError, match="DeviceRevoked"):
        event_insert_sql(Person, "row", names, event_id="''", occurred_at="now()", actor_kind=ActorKind.SYSTEM)


async def test_payload_of_another_class_is_refused(session: AsyncSession) -> None:
    person = await build.a_person(session)
    payload = PostingStartedOrEnded(person_id=person.id, organisation_id=new_id(), role="leader")

    with pytest.raises(TypeError):
        await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, payload=payload)
    facts = [Fact(person.id, payload=payload)]
    with pytest.raises(TypeError):
        await record_many(session, Person, EventName.PERSON_CREATED, facts, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "actor",
    [SYSTEM, RESIDENT, EventActor.person(new_id()), EventActor(ActorKind.CLIENT, new_id())],
    ids=lambda actor: actor.kind.value,
)
async def test_event_stores_the_kind_and_the_id_of_its_actor(session: AsyncSession, actor: EventActor) -> None:
    first, second = await build.a_person(session), await build.a_person(session)

    await record(session, EventName.PERSON_CREATED, first, actor=actor, occurred_at=NOW)
    await record_many(session, Person, EventName.PERSON_CREATED, [Fact(second.id)], actor=actor, at=NOW)

    for person in (first, second):
        event = (await session.exec(select(Event).where(Event.subject_id == person.id))).one()
        assert (event.actor_kind, event.actor_id) == (actor.kind, actor.id)


@pytest.mark.parametrize("kind", list(ActorKind))
async def test_actor_with_an_id_that_does_not_fit_its_kind_is_refused(session: AsyncSession, kind: ActorKind) -> None:
    actor_id = None if kind in {ActorKind.PERSON, ActorKind.CLIENT} else new_id()
    person = await build.a_person(session)
    actor = EventActor.person(new_id())
    object.__setattr__(actor, "kind", kind)
    object.__setattr__(actor, "id", actor_id)

    with pytest.raises(ValueError, match="an actor of kind"):
        EventActor(kind, actor_id)
    with pytest.raises(IntegrityError, match="ck_event_actor_named"):
        await record(session, EventName.PERSON_CREATED, person, actor=actor, occurred_at=NOW)
    await session.rollback()
