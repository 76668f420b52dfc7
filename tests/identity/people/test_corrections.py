"""Requests for correction: another person decides them in time and with an answer; both are kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock
from tests.operations.worker.steps import sweep

REQUEST = {"what": "姓名写错", "should_be": "李雷"}
ACCEPTED = {"is_accepted": True, "answer": "由机关系统管理员更正姓名。"}
REFUSED = {"is_accepted": False, "answer": "与干部档案一致，无需更正。"}
FIRST, SECOND = {"If-Match": '"1"'}, {"If-Match": '"2"'}


async def submit_request(caller: Caller) -> str:
    """Submit a new request and return its URL."""
    request_id = new_id()
    answer = await caller.put(f"/v1/me/correction-requests/{request_id}", json=REQUEST)
    assert answer.status_code == 201, answer.text
    return f"/v1/correction-requests/{request_id}"


async def test_repeated_request_is_created_once_and_other_content_conflicts(api: Caller, county: County) -> None:
    cadre, url = api.as_(county.cadre), f"/v1/me/correction-requests/{new_id()}"

    answers = [await cadre.put(url, json=body) for body in (REQUEST, REQUEST, REQUEST | {"should_be": "韩梅"})]
    stolen = await api.as_(county.officer).put(url, json=REQUEST)

    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert (stolen.status_code, stolen.json()["code"]) == (404, "correction_request.not_found")
    assert answers[0].json()["organisation_id"] == str(county.town.id)


@pytest.mark.parametrize(("decision", "state"), [(ACCEPTED, "accepted"), (REFUSED, "refused")])
async def test_administrator_decides_and_person_reads_the_answer(
    api: Caller, county: County, session: AsyncSession, decision: dict[str, Any], state: str
) -> None:
    cadre, administrator = api.as_(county.cadre), api.as_(county.administrator)
    url = await submit_request(cadre)

    decided = await administrator.put(f"{url}/decision", json=decision, headers=FIRST)
    again = await administrator.put(f"{url}/decision", json=decision, headers=FIRST)
    answer = (await cadre.get(url)).json()

    assert (decided.status_code, again.status_code) == (200, 200)
    assert (answer["state"], answer["answer"], answer["what"], answer["decide_by"]) == (
        state,
        decision["answer"],
        "姓名写错",
        None,
    )
    events = await build.count(session, Event, subject_id=UUID(url[-36:]), name="correction_request.decided")
    assert events == 1


async def test_decision_deadline_follows_local_rule(api: Caller, county: County, session: AsyncSession) -> None:
    await build.a_local_rule(session, county.root, RuleKey.CORRECTION_DECIDE_WORKDAYS, 3)
    await session.commit()
    cadre = api.as_(county.cadre)

    url = await submit_request(cadre)

    assert (await cadre.get(url)).json()["decide_by"] == "2026-11-25T16:00:00Z"


async def test_decided_request_cannot_be_changed(api: Caller, county: County) -> None:
    administrator = api.as_(county.administrator)
    url = await submit_request(api.as_(county.cadre))
    await administrator.put(f"{url}/decision", json=REFUSED, headers=FIRST)

    stale = await administrator.put(f"{url}/decision", json=ACCEPTED, headers=FIRST)
    changed = await administrator.put(f"{url}/decision", json=ACCEPTED, headers=SECOND)

    assert (stale.status_code, changed.status_code) == (412, 409)
    assert changed.json()["code"] == "correction_request.already_decided"


async def test_own_request_cannot_be_decided_and_strangers_cannot_read_it(api: Caller, county: County) -> None:
    own = await submit_request(api.as_(county.administrator))
    url = await submit_request(api.as_(county.cadre))

    answers = [
        await api.as_(county.administrator).put(f"{own}/decision", json=ACCEPTED, headers=FIRST),
        await api.as_(county.cadre).put(f"{url}/decision", json=ACCEPTED, headers=FIRST),
        await api.as_(county.neighbour).put(f"{url}/decision", json=ACCEPTED, headers=FIRST),
        await api.as_(county.neighbour).get(url),
        await api.as_(county.officer).get(url),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 404, 404, 404]


async def test_person_and_administrator_list_the_request(api: Caller, county: County) -> None:
    url = await submit_request(api.as_(county.cadre))
    callers = [api.as_(person) for person in (county.cadre, county.administrator, county.neighbour)]

    pages = [await caller.get("/v1/correction-requests", params={"state": "submitted"}) for caller in callers]

    mine, to_decide, elsewhere = ({item["id"] for item in page.json()["items"]} for page in pages)
    assert url[-36:] in mine & to_decide
    assert url[-36:] not in elsewhere


async def test_overdue_request_emits_one_event(
    api: Caller, county: County, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    late, decided = await submit_request(api.as_(county.cadre)), await submit_request(api.as_(county.cadre))
    await api.as_(county.administrator).put(f"{decided}/decision", json=REFUSED, headers=FIRST)

    await sweep(engine, clock() + timedelta(days=10))
    early = await build.count(session, Event, subject_id=UUID(late[-36:]), name="correction_request.overdue")
    await sweep(engine, clock() + timedelta(days=40))

    counts = [
        await build.count(session, Event, subject_id=UUID(url[-36:]), name="correction_request.overdue")
        for url in (late, decided)
    ]
    assert (early, counts) == (0, [1, 0])


async def test_administrator_changes_name_with_expected_version(
    api: Caller, county: County, session: AsyncSession, settings: Settings
) -> None:
    administrator, url = api.as_(county.administrator), f"/v1/people/{county.cadre.id}/description"

    answers = [
        await administrator.put(url, json={"name": "李雷"}),
        await administrator.put(url, json={"name": "李雷"}, headers=FIRST),
        await administrator.put(url, json={"name": "李雷"}, headers=FIRST),
        await administrator.put(url, json={"name": "韩梅"}, headers=FIRST),
        await api.as_(county.neighbour).put(url, json={"name": "韩梅"}, headers=SECOND),
        await api.as_(county.cadre).put(url, json={"name": "韩梅"}, headers=SECOND),
    ]

    assert [answer.status_code for answer in answers] == [428, 200, 200, 412, 404, 403]
    assert (answers[1].json()["name"], answers[1].json()["version"]) == ("李雷", 2)
    assert await build.count(session, Event, subject_id=county.cadre.id, name="person.changed") == 1
    assert ("person.changed", str(county.administrator.id)) in access_log(settings, county.cadre.id)


async def test_service_client_cannot_request_correction(api: Caller, county: County) -> None:
    system = api.as_(county.cadre, county.community.id)

    answer = await system.put(f"/v1/me/correction-requests/{new_id()}", json=REQUEST)

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")
