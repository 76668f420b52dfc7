"""The handover of signed dossiers to the receiver or its system, and the receipt."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Role
from service.foundation.events import edited_rows
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.identity.auth.tables import ServiceClient
from service.judgement.assessments.tables import Dossier
from tests import build
from tests.build.assessments import World
from tests.build.county import access_log, somebody
from tests.conftest import Caller


async def test_handover_contains_every_dossier_ordered_by_person(world: World, settings: Settings) -> None:
    url = await world.freeze_cycle()

    answer = await world.personnel.get(f"{url}/handover")

    rows = [json.loads(line) for line in answer.content.splitlines()]
    own = await world.dossier(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert [row["person_id"] for row in rows] == sorted(
        str(person.id) for person in (world.county.cadre, world.county.officer)
    )
    assert {row["cycle_id"] for row in rows} == {url[-36:]}
    assert {row["person_id"]: (row["sha256"], row["jws"]) for row in rows}[own["person_id"]] == (
        own["sha256"],
        own["jws"],
    )
    assert [action for action, _ in access_log(settings, UUID(url[-36:]))] == ["dossier.handed_over"]


async def test_handover_is_the_same_file_every_time(world: World) -> None:
    url = await world.freeze_cycle()

    first = (await world.personnel.get(f"{url}/handover")).content
    receipt = {"sha256": sha256(first).hexdigest()}
    await world.personnel.put(f"{url}/receipt", json=receipt)

    assert (await world.personnel.get(f"{url}/handover")).content == first


async def test_handover_to_anybody_but_the_receiver_is_not_found(world: World, session: AsyncSession) -> None:
    url = await world.freeze_cycle()
    elsewhere = world.api.as_(await somebody(session, Role.PERSONNEL_ORGAN, world.county.town))
    await session.commit()

    for caller in (world.officer, world.cadre, world.stranger, elsewhere):
        handover = await caller.get(f"{url}/handover")
        receipt = await caller.put(f"{url}/receipt", json={"sha256": "0" * 64})
        codes = [(answer.status_code, answer.json()["code"]) for answer in (handover, receipt)]
        assert codes == [(404, "assessment_cycle.not_found")] * 2


async def test_handover_before_the_freeze_is_refused(world: World) -> None:
    url = await world.open_cycle()
    await world.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})

    handover = await world.personnel.get(f"{url}/handover")
    receipt = await world.personnel.put(f"{url}/receipt", json={"sha256": sha256(b"").hexdigest()})

    codes = [(answer.status_code, answer.json()["code"]) for answer in (handover, receipt)]
    assert codes == [(409, "assessment_cycle.not_frozen")] * 2


async def test_receipt_is_recorded_once_for_each_dossier(world: World, session: AsyncSession) -> None:
    url = await world.freeze_cycle()
    receipt = {"sha256": sha256((await world.personnel.get(f"{url}/handover")).content).hexdigest()}

    first = await world.personnel.put(f"{url}/receipt", json=receipt)
    world.clock.move(minutes=1)
    again = await world.personnel.put(f"{url}/receipt", json=receipt)

    assert (first.status_code, first.json()["dossiers"]) == (200, 2)
    assert again.json() == first.json()
    assert (await world.dossier(url))["handed_over_at"] == first.json()["received_at"]
    await set_rls_purpose(session, Purpose.UPKEEP)
    subjects = (await session.exec(select(Dossier.id).where(Dossier.cycle_id == UUID(url[-36:])))).all()
    events = (
        await session.exec(
            select(Event).where(Event.name == EventName.DOSSIER_HANDED_OVER.value, col(Event.subject_id).in_(subjects))
        )
    ).all()
    persons = {event.payload["person_id"] for event in events}
    assert (len(events), persons) == (2, {str(world.county.cadre.id), str(world.county.officer.id)})
    assert await edited_rows.find_edited_rows(session, Dossier) == []


async def test_receipt_with_a_different_hash_is_refused(world: World) -> None:
    url = await world.freeze_cycle()
    content = (await world.personnel.get(f"{url}/handover")).content

    differs = await world.personnel.put(f"{url}/receipt", json={"sha256": sha256(content[:-1]).hexdigest()})
    unreadable = await world.personnel.put(f"{url}/receipt", json={"sha256": "ABC"})

    assert (differs.status_code, differs.json()["code"]) == (409, "receipt.differs")
    assert unreadable.status_code == 422
    assert (await world.dossier(url))["handed_over_at"] is None


async def a_system(session: AsyncSession, world: World, **fields: Any) -> Caller:
    """A signed-in service client, by default the assessment system of the receiver."""
    client = ServiceClient(
        **{
            "id": new_id(),
            "organisation_id": world.receiver.id,
            "name": "考核系统",
            "purpose": ClientPurpose.ASSESSMENT_SYSTEM,
            "secret_hash": "",
            "created_at": world.clock(),
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(client)
    await session.commit()
    return world.api.as_(client, client.organisation_id)


async def test_handover_to_the_assessment_system_of_the_receiver_is_the_same(
    world: World, session: AsyncSession, settings: Settings
) -> None:
    url, client_id = await world.freeze_cycle(), new_id()
    system = await a_system(session, world, id=client_id)

    handover = await system.get(f"{url}/handover")
    receipt = await system.put(f"{url}/receipt", json={"sha256": sha256(handover.content).hexdigest()})

    assert (receipt.status_code, receipt.json()["dossiers"]) == (200, 2)
    assert handover.content == (await world.personnel.get(f"{url}/handover")).content
    assert (await world.dossier(url))["handed_over_at"] == receipt.json()["received_at"]
    statement = select(Event).where(Event.name == EventName.DOSSIER_HANDED_OVER.value, Event.actor_id == client_id)
    assert {event.payload["cycle_id"] for event in (await session.exec(statement)).all()} == {url[-36:]}
    assert access_log(settings, UUID(url[-36:]))[0] == ("dossier.handed_over", str(client_id))


@pytest.mark.parametrize("other", ["another_organisation", "above", "community_receiver", "ended", "unknown"])
async def test_handover_to_any_other_service_client_is_not_found(
    world: World, session: AsyncSession, other: str
) -> None:
    url = await world.freeze_cycle()
    changes: dict[str, Any] = {
        "another_organisation": {"organisation_id": world.county.town.id},
        "above": {"organisation_id": world.county.root.id},
        "community_receiver": {"purpose": ClientPurpose.COMMUNITY_RECEIVER},
        "ended": {"ended_at": world.clock()},
    }
    client = await a_system(session, world, **changes.get(other, {}))
    nobody = await build.a_person(session)
    system = world.api.as_(nobody, world.receiver.id) if other == "unknown" else client

    handover = await system.get(f"{url}/handover")
    receipt = await system.put(f"{url}/receipt", json={"sha256": "0" * 64})

    codes = [(answer.status_code, answer.json()["code"]) for answer in (handover, receipt)]
    assert codes == [(404, "assessment_cycle.not_found")] * 2


async def test_handover_to_an_ended_service_client_is_refused_at_once(world: World, session: AsyncSession) -> None:
    url, client = await world.freeze_cycle(), f"/v1/service-clients/{new_id()}"
    keeper = world.api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, world.receiver))
    await session.commit()
    body = {"organisation_id": str(world.receiver.id), "name": "考核系统", "purpose": "assessment_system"}
    secret = (await keeper.put(client, json=body)).json()["client_secret"]
    form = {"grant_type": "client_credentials", "client_id": client[-36:], "client_secret": secret}
    token = (await world.api.post("/v1/auth/oauth/token", data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    before = await world.api.get(f"{url}/handover", headers=headers)
    ended = await keeper.put(f"{client}/end")
    after = await world.api.get(f"{url}/handover", headers=headers)

    assert [answer.status_code for answer in (before, ended, after)] == [200, 200, 404]
    assert len(before.content.splitlines()) == 2


async def test_handover_to_a_service_client_before_the_freeze_is_refused(world: World, session: AsyncSession) -> None:
    url, system = await world.open_cycle(), await a_system(session, world)
    await world.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})

    handover = await system.get(f"{url}/handover")
    receipt = await system.put(f"{url}/receipt", json={"sha256": sha256(b"").hexdigest()})

    codes = [(answer.status_code, answer.json()["code"]) for answer in (handover, receipt)]
    assert codes == [(409, "assessment_cycle.not_frozen")] * 2
