"""Insights: recording, routing, decision and visibility."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.visits.tables import Visit
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from tests import build
from tests.build.county import somebody
from tests.conftest import START
from tests.fieldwork.insights.conftest import BASED_ON_1, BASED_ON_2, URL, World, refusal

DECISION = {"is_adopted": True, "reason": "12 月起加开两班"}


async def test_repeated_insight_is_recorded_once_and_other_content_conflicts(world: World) -> None:
    url = f"{URL}/{new_id()}"

    first = await world.phones["cadre"].put(url, json=world.body())
    again = await world.phones["cadre"].put(url, json=world.body())
    other = await world.phones["cadre"].put(url, json=world.body(content="别的"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert refusal(other) == (409, "id.content_differs")


async def test_insight_is_routed_and_decided_and_its_author_is_notified(world: World, session: AsyncSession) -> None:
    url = await world.create_insight()

    routed = await world.phones["officer"].put(
        f"{url}/routing", json={"organisation_id": str(world.deciding.id)}, headers=BASED_ON_1
    )
    decision_answer = await world.phones["decider"].put(
        f"{url}/decision", json={"is_adopted": True, "reason": "12 月起加开两班"}, headers=BASED_ON_2
    )

    assert (routed.status_code, decision_answer.status_code) == (200, 200)
    assert (await world.phones["cadre"].get(url)).json()["decision_reason"] == "12 月起加开两班"
    statement = select(Event).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    events = (await session.exec(statement)).all()
    assert [event.name for event in events] == ["insight.written_down", "insight.routed", "insight.decided"]
    assert events[-1].person_ids == [world.cadres[0].id]
    assert set(events[-1].organisation_ids) == {world.bureau.id, world.deciding.id}


async def test_decision_needs_a_routing_and_cannot_be_changed(world: World) -> None:
    url = await world.create_insight()
    decision = {"is_adopted": False, "reason": "资金未落实"}

    early = await world.phones["officer"].put(f"{url}/decision", json=decision, headers=BASED_ON_1)
    await world.phones["officer"].put(
        f"{url}/routing", json={"organisation_id": str(world.deciding.id)}, headers=BASED_ON_1
    )
    by_another = await world.phones["officer"].put(f"{url}/decision", json=decision, headers=BASED_ON_2)
    await world.phones["decider"].put(f"{url}/decision", json=decision, headers=BASED_ON_2)
    changed = await world.phones["decider"].put(
        f"{url}/decision", json=decision | {"is_adopted": True}, headers={"If-Match": '"3"'}
    )

    assert refusal(early) == (409, "insight.not_routed")
    assert refusal(by_another) == (403, "access.not_permitted")
    assert refusal(changed) == (409, "insight.already_decided")


async def test_insight_is_hidden_from_the_place_and_from_other_units(world: World) -> None:
    url = await world.create_insight()

    hidden = [await world.phones[who].get(url) for who in ("secretary", "stranger", "decider", "cadre1")]

    assert {refusal(answer) for answer in hidden} == {(404, "insight.not_found")}
    assert (await world.phones["secretary"].get(URL)).json()["items"] == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"content": ""}, (422, "request.invalid")),
        ({"content": "长" * 501}, (422, "request.invalid")),
        ({"content": "a\x00b"}, (422, "request.invalid")),
        ({"kind": "gossip"}, (422, "request.invalid")),
        ({"place_id": "01936f5e-7c00-7000-8000-00000000ffff"}, (404, "place.not_found")),
        ({"category_code": "unknown"}, (422, "problem.category_unknown")),
        ({"visit_id": "01936f5e-7c00-7000-8000-00000000ffff"}, (404, "visit.not_found")),
    ],
)
async def test_invalid_insight_is_refused_with_its_error_code(
    world: World, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await world.phones["cadre"].put(f"{URL}/{new_id()}", json=world.body(**fields))

    assert refusal(answer) == expected


async def test_text_with_four_byte_characters_is_stored_unchanged(world: World) -> None:
    url = await world.create_insight(content="老𠮷家的路灯🔦坏了")

    assert (await world.phones["cadre"].get(url)).json()["content"] == "老𠮷家的路灯🔦坏了"


async def a_visit(session: AsyncSession, world: World) -> Visit:
    """Create an open visit of the cadre at the place."""
    visit = Visit(
        id=new_id(),
        person_id=world.cadres[0].id,
        organisation_id=world.bureau.id,
        place_id=world.place.id,
        presence="unverified",
        state="open",
        checked_in_at=START,
        presence_reasons=[],
        request_fingerprint=b"",
    )
    session.add(visit)
    await session.commit()
    return visit


async def test_deciding_unit_sees_the_text_but_not_the_author_or_visit(world: World, session: AsyncSession) -> None:
    visit = await a_visit(session, world)
    url = await world.create_routed_insight(visit_id=str(visit.id))
    decider = world.phones["decider"]

    list_items = (await decider.get(URL)).json()["items"]
    by_visit = (await decider.get(URL, params={"visit_id": str(visit.id)})).json()["items"]
    decision_answer = await decider.put(f"{url}/decision", json=DECISION, headers=BASED_ON_2)

    assert decision_answer.status_code == 200, decision_answer.text
    for item in ((await decider.get(url)).json(), *list_items, decision_answer.json()):
        assert (item["content"], item["raised_by"], item["visit_id"]) == ("晚高峰公交车太少", None, None)
    assert (len(list_items), by_visit) == (1, [])


async def test_author_side_still_sees_the_author_after_routing(world: World, session: AsyncSession) -> None:
    visit = await a_visit(session, world)
    url = await world.create_routed_insight(visit_id=str(visit.id))

    item = [(await world.phones[who].get(url)).json() for who in ("cadre", "officer")]
    list_items = (await world.phones["officer"].get(URL, params={"visit_id": str(visit.id)})).json()["items"]

    assert {(item["raised_by"], item["visit_id"]) for item in (*item, *list_items)} == {
        (str(world.cadres[0].id), str(visit.id))
    }


async def test_decision_on_an_own_insight_is_refused(world: World, session: AsyncSession) -> None:
    await build.a_posting(session, world.cadres[0], world.deciding, Role.ORGAN_COMMITTEE_OFFICER)
    colleague = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.deciding)
    await session.commit()
    url = await world.create_routed_insight("cadre1")
    own = await world.create_routed_insight("cadre0")

    rejection = await world.phones["cadre0"].put(f"{own}/decision", json=DECISION, headers=BASED_ON_2)
    decided_other = await world.phones["cadre0"].put(f"{url}/decision", json=DECISION, headers=BASED_ON_2)
    by_colleague = await world.api.as_(colleague).put(f"{own}/decision", json=DECISION, headers=BASED_ON_2)

    assert refusal(rejection) == (403, "insight.own")
    assert (decided_other.status_code, by_colleague.status_code) == (200, 200)


async def test_routing_to_a_closed_organisation_is_refused(world: World, session: AsyncSession) -> None:
    closed = await build.an_organisation(session, valid_until=START)
    await session.commit()
    url = await world.create_insight()

    rejection = await world.phones["officer"].put(
        f"{url}/routing", json={"organisation_id": str(closed.id)}, headers=BASED_ON_1
    )

    assert refusal(rejection) == (409, "organisation.is_closed")
    assert (await world.phones["officer"].get(url)).json()["routed_to"] is None
