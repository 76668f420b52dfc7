"""The receiver, and nobody else, fetches the signed dossiers and says that exactly these arrived."""

import json
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.organisations import Role
from service.access.locks import Purpose, unlock
from service.assessments.tables import Dossier
from service.core.settings import Settings
from service.events import audit
from service.events.tables import Event
from tests.build.assessments import World
from tests.build.county import access_log, somebody


async def test_the_receiver_fetches_every_dossier_in_the_order_of_persons(world: World, settings: Settings) -> None:
    url = await world.frozen()

    answer = await world.personnel.get(f"{url}/handover")

    rows = [json.loads(line) for line in answer.content.splitlines()]
    own = await world.dossier(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert [row["person_id"] for row in rows] == sorted(
        str(one.id) for one in (world.county.cadre, world.county.officer)
    )
    assert {row["cycle_id"] for row in rows} == {url[-36:]}
    assert {row["person_id"]: (row["sha256"], row["jws"]) for row in rows}[own["person_id"]] == (
        own["sha256"],
        own["jws"],
    )
    assert [action for action, _ in access_log(settings, UUID(url[-36:]))] == ["dossier.handed_over"]


async def test_it_is_the_same_file_every_time(world: World) -> None:
    url = await world.frozen()

    first = (await world.personnel.get(f"{url}/handover")).content
    receipt = {"sha256": sha256(first).hexdigest()}
    await world.personnel.put(f"{url}/receipt", json=receipt)

    assert (await world.personnel.get(f"{url}/handover")).content == first


async def test_only_the_receiver_has_it(world: World, session: AsyncSession) -> None:
    url = await world.frozen()
    elsewhere = world.api.as_(await somebody(session, Role.PERSONNEL_ORGAN, world.county.town))
    await session.commit()

    for caller in (world.officer, world.cadre, world.stranger, elsewhere):
        fetched = await caller.get(f"{url}/handover")
        sent = await caller.put(f"{url}/receipt", json={"sha256": "0" * 64})
        codes = [(answer.status_code, answer.json()["code"]) for answer in (fetched, sent)]
        assert codes == [(404, "assessment_cycle.not_found")] * 2


async def test_nothing_is_handed_over_before_it_is_frozen(world: World) -> None:
    url = await world.opened()
    await world.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})

    fetched = await world.personnel.get(f"{url}/handover")
    sent = await world.personnel.put(f"{url}/receipt", json={"sha256": sha256(b"").hexdigest()})

    codes = [(answer.status_code, answer.json()["code"]) for answer in (fetched, sent)]
    assert codes == [(409, "assessment_cycle.not_frozen")] * 2


async def test_a_receipt_is_recorded_once_for_each_dossier(world: World, session: AsyncSession) -> None:
    url = await world.frozen()
    receipt = {"sha256": sha256((await world.personnel.get(f"{url}/handover")).content).hexdigest()}

    first = await world.personnel.put(f"{url}/receipt", json=receipt)
    world.clock.move(minutes=1)
    again = await world.personnel.put(f"{url}/receipt", json=receipt)

    assert (first.status_code, first.json()["dossiers"]) == (200, 2)
    assert again.json() == first.json()
    assert (await world.dossier(url))["handed_over_at"] == first.json()["received_at"]
    await unlock(session, Purpose.UPKEEP)
    subjects = (await session.exec(select(Dossier.id).where(Dossier.cycle_id == UUID(url[-36:])))).all()
    events = (
        await session.exec(
            select(Event).where(Event.name == EventName.DOSSIER_HANDED_OVER.value, col(Event.subject_id).in_(subjects))
        )
    ).all()
    persons = {event.payload["person_id"] for event in events}
    assert (len(events), persons) == (2, {str(world.county.cadre.id), str(world.county.officer.id)})
    assert await audit.edited(session, Dossier) == []


async def test_a_receipt_for_anything_else_is_refused(world: World) -> None:
    url = await world.frozen()
    content = (await world.personnel.get(f"{url}/handover")).content

    differs = await world.personnel.put(f"{url}/receipt", json={"sha256": sha256(content[:-1]).hexdigest()})
    unreadable = await world.personnel.put(f"{url}/receipt", json={"sha256": "ABC"})

    assert (differs.status_code, differs.json()["code"]) == (409, "receipt.differs")
    assert unreadable.status_code == 422
    assert (await world.dossier(url))["handed_over_at"] is None
