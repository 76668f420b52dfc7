"""A problem goes to its end: one owner at every moment, and the person's own word before it closes."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.core.ids import new_id
from service.events.tables import Event
from tests.conftest import Caller, FakeClock
from tests.problems.conftest import ANSWER, World, answered, do, raised


async def test_it_is_dispatched_by_category_and_area_at_once(world: World) -> None:
    url, _ = await raised(world)

    problem = (await world.phone.get(url)).json()

    assert (problem["state"], problem["owner_id"]) == ("dispatched", str(world.owner.id))
    assert problem["possible"] == ["dispatch", "accept"]


async def test_without_a_route_the_desk_dispatches(world: World) -> None:
    url, _ = await raised(world, category_code="other")
    before = (await world.phone.get(url)).json()

    answer = await do(world.desk, url, "owner", {"organisation_id": str(world.owner.id)})

    assert (before["state"], before["owner_id"]) == ("raised", None)
    assert (answer.status_code, answer.json()["owner_id"]) == (200, str(world.owner.id))


async def test_accepted_answered_refused_redone_confirmed_closed(world: World, session: AsyncSession) -> None:
    url, link = await answered(world)

    await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "只亮了一晚"})
    redone = await do(world.handler, url, "answer", ANSWER | {"answer": "更换了整条线路。"})
    await world.api.post(link, data={"satisfaction": "satisfied"})
    closed = await do(world.handler, url, "closure")

    assert (redone.json()["state"], redone.json()["redone"]) == ("answered", 1)
    assert (closed.json()["state"], closed.json()["satisfaction"]) == ("closed", "satisfied")
    names = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.transaction_id))
    told = [name.removeprefix("problem.") for name in (await session.exec(names)).all()]
    assert told == ["raised", "dispatched", "accepted", "answered", "reopened", "answered", "confirmed", "closed"]


async def test_nothing_closes_on_silence(world: World) -> None:
    url, _ = await answered(world)

    answer = await do(world.handler, url, "closure")

    assert (answer.status_code, answer.json()["code"]) == (409, "problem.not_possible")
    assert answer.json()["facts"]["possible"] == "satisfied、not_satisfied"


async def test_a_move_not_in_the_table_names_what_is_possible(world: World) -> None:
    url, _ = await raised(world)

    answer = await do(world.handler, url, "answer", ANSWER)

    assert answer.status_code == 409
    assert answer.json()["facts"] == {"state": "dispatched", "verb": "answer", "possible": "dispatch、accept"}


async def test_the_owner_never_gives_the_persons_word(world: World) -> None:
    url, _ = await answered(world)

    answer = await do(world.handler, url, "judgement", {"satisfaction": "satisfied"})

    assert answer.status_code == 404


async def test_a_return_visit_carries_the_word_of_a_person_without_a_phone(world: World) -> None:
    url, _ = await answered(world)

    answer = await do(world.phone, url, "judgement", {"satisfaction": "satisfied"})
    again = await do(world.phone, url, "judgement", {"satisfaction": "satisfied"})

    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert (again.status_code, again.json()["code"]) == (409, "problem.not_possible")


async def test_the_same_problem_sent_twice_is_one_and_shows_its_link_once(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.asked()

    first, second = await world.phone.put(url, json=body), await world.phone.put(url, json=body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["link"] is None, second.json()["link"]) == (False, None)


async def test_a_stale_move_is_refused(world: World) -> None:
    url, _ = await raised(world)

    answer = await world.handler.put(f"{url}/acceptance", headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["facts"]) == (412, {"current_version": 2})


async def test_a_problem_heard_in_a_visit_names_it(world: World, clock: FakeClock) -> None:
    visit_id = new_id()
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}
    await world.phone.put(f"/v1/visits/{visit_id}", json=body)

    url, _ = await raised(world, visit_id=str(visit_id))
    foreign = await world.phone.put(f"/v1/problems/{new_id()}", json=world.asked(visit_id=str(new_id())))

    assert (await world.phone.get(url)).json()["visit_id"] == str(visit_id)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "visit.not_found")


async def test_an_unknown_category_is_told(world: World) -> None:
    answer = await world.phone.put(f"/v1/problems/{new_id()}", json=world.asked(category_code="weather"))

    assert (answer.status_code, answer.json()["code"]) == (422, "problem.category_unknown")


async def test_the_community_sees_the_problems_at_its_places_and_strangers_do_not(
    world: World, session: AsyncSession, api: Caller
) -> None:
    from tests import build

    url, _ = await raised(world)
    stranger = await build.a_person(session)
    await build.a_posting(session, stranger, await build.an_organisation(session), "community_secretary")
    await session.commit()

    assert (await world.secretary.get(url)).status_code == 200
    assert (await api.as_(stranger).get(url)).status_code == 404
    assert url[-36:] in [item["id"] for item in (await world.secretary.get("/v1/problems")).json()["items"]]
