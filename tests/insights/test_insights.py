"""What was heard reaches whoever decides, and is told in numbers only; the place's own committee does not see it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.organisations import Role
from service.core.ids import new_id
from service.events.tables import Event
from service.organisations.tables import Organisation
from service.people.tables import Person
from service.places.tables import Place
from service.problems.tables import ProblemCategory
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller

URL = "/v1/insights"
DIGEST = "/v1/insight-digest"
BASED_ON_1, BASED_ON_2 = {"If-Match": '"1"'}, {"If-Match": '"2"'}
TODAY = {"from_on": "2026-11-22", "until_on": "2026-11-22"}


@dataclass
class World:
    bureau: Organisation
    deciding: Organisation
    place: Place
    category_code: str
    cadres: list[Person]
    phones: dict[str, Caller]

    def asked(self, **said: Any) -> dict[str, Any]:
        return {
            "kind": "opinion",
            "category_code": self.category_code,
            "content": "晚高峰公交车太少",
            "place_id": str(self.place.id),
        } | said

    async def written(self, who: str = "cadre", **said: Any) -> str:
        url = f"{URL}/{new_id()}"
        answer = await self.phones[who].put(url, json=self.asked(**said))
        assert answer.status_code == 201, answer.text
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county = await build.an_organisation(session)
    bureau, deciding, other = [await build.an_organisation(session, under=county) for _ in range(3)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    place = await build.a_place(session, community, division_code=await build.a_village_code(session))
    code = f"t{new_id().hex[-12:]}"
    session.add(ProblemCategory(code=code, name="公交", respond_days=2, solve_days=10))
    cadres = [await somebody(session, Role.CADRE, bureau) for _ in range(6)]
    people = {
        "cadre": cadres[0],
        "officer": await somebody(session, Role.OFFICER, bureau),
        "decider": await somebody(session, Role.OFFICER, deciding),
        "stranger": await somebody(session, Role.OFFICER, other),
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, community),
    }
    await session.commit()
    phones = {who: api.as_(person) for who, person in people.items()}
    phones |= {f"cadre{number}": api.as_(person) for number, person in enumerate(cadres)}
    return World(bureau, deciding, place, code, cadres, phones)


async def test_what_was_heard_is_written_down_once(world: World) -> None:
    url = f"{URL}/{new_id()}"

    first = await world.phones["cadre"].put(url, json=world.asked())
    again = await world.phones["cadre"].put(url, json=world.asked())
    other = await world.phones["cadre"].put(url, json=world.asked(content="别的"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert refusal(other) == (409, "id.content_differs")


async def test_it_is_routed_decided_and_told_back(world: World, session: AsyncSession) -> None:
    url = await world.written()

    routed = await world.phones["officer"].put(
        f"{url}/routing", json={"organisation_id": str(world.deciding.id)}, headers=BASED_ON_1
    )
    decided = await world.phones["decider"].put(
        f"{url}/decision", json={"is_adopted": True, "reason": "12 月起加开两班"}, headers=BASED_ON_2
    )

    assert (routed.status_code, decided.status_code) == (200, 200)
    assert (await world.phones["cadre"].get(url)).json()["decision_reason"] == "12 月起加开两班"
    of_it = select(Event).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    events = (await session.exec(of_it)).all()
    assert [event.name for event in events] == ["insight.written_down", "insight.routed", "insight.decided"]
    assert events[-1].person_ids == [world.cadres[0].id]
    assert set(events[-1].organisation_ids) == {world.bureau.id, world.deciding.id}


async def test_a_decision_stays_and_needs_a_routing(world: World) -> None:
    url = await world.written()
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


async def test_the_places_own_committee_and_strangers_do_not_see_it(world: World) -> None:
    url = await world.written()

    hidden = [await world.phones[who].get(url) for who in ("secretary", "stranger", "decider", "cadre1")]

    assert {refusal(answer) for answer in hidden} == {(404, "insight.not_found")}
    assert (await world.phones["secretary"].get(URL)).json()["items"] == []


async def test_the_digest_shows_five_and_more_and_never_who_or_what(world: World) -> None:
    for number in range(5):
        await world.written(f"cadre{number}")
    await world.written("cadre0", kind="policy_feedback")

    answer = await world.phones["officer"].get(DIGEST, params=TODAY)

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [(line["heard"], line["places"], line["adopted"]) for line in told["lines"]] == [(5, 1, 0)]
    assert told["lines"][0]["division_code"] == (world.place.division_code or "")[:9]
    assert told["withheld"] == 1
    assert "公交车" not in answer.text
    assert not any(str(cadre.id) in answer.text for cadre in world.cadres)


async def test_what_one_person_wrote_five_times_is_withheld(world: World) -> None:
    for _ in range(5):
        await world.written("cadre0")

    told = (await world.phones["officer"].get(DIGEST, params=TODAY)).json()

    assert (told["lines"], told["withheld"]) == ([], 5)


async def test_a_digest_tells_of_the_organisations_in_reach_only(world: World) -> None:
    for number in range(5):
        await world.written(f"cadre{number}")

    told = (await world.phones["stranger"].get(DIGEST, params=TODAY)).json()

    assert (told["lines"], told["withheld"]) == ([], 0)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_at_the_end_of_the_calendar_is_refused(world: World, day: str) -> None:
    answer = await world.phones["officer"].get(DIGEST, params={"from_on": day, "until_on": day})

    assert refusal(answer) == (422, "request.invalid")


async def test_a_span_that_cannot_be_is_told(world: World) -> None:
    backwards = await world.phones["officer"].get(DIGEST, params={"from_on": "2026-11-23", "until_on": "2026-11-22"})
    long = await world.phones["officer"].get(DIGEST, params={"from_on": "2020-01-01", "until_on": "2026-11-22"})

    assert {refusal(backwards), refusal(long)} == {(422, "insight.span_too_long")}


@pytest.mark.parametrize(
    ("said", "expected"),
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
async def test_what_cannot_be_is_told(world: World, said: dict[str, Any], expected: tuple[int, str]) -> None:
    answer = await world.phones["cadre"].put(f"{URL}/{new_id()}", json=world.asked(**said))

    assert refusal(answer) == expected


async def test_texts_of_four_byte_characters_are_kept(world: World) -> None:
    url = await world.written(content="老𠮷家的路灯🔦坏了")

    assert (await world.phones["cadre"].get(url)).json()["content"] == "老𠮷家的路灯🔦坏了"
