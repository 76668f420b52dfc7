"""The workflow of a problem, relayed ratings and visibility."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.tree.tables import Posting
from tests import build
from tests.conftest import Caller, FakeClock
from tests.solving.problems.conftest import ANSWER, World, move_problem, raise_and_answer, raise_problem


async def test_new_problem_is_dispatched_by_category_and_division(world: World) -> None:
    url, _ = await raise_problem(world)

    problem = (await world.phone.get(url)).json()

    assert (problem["state"], problem["owner_id"]) == ("dispatched", str(world.owner.id))
    assert problem["possible"] == ["dispatch", "accept"]


async def test_problem_in_a_grid_uses_the_route_of_its_community(world: World, session: AsyncSession) -> None:
    grid = await build.a_place(session, world.community, kind="grid", parent_id=world.place.id)
    await session.commit()

    url, _ = await raise_problem(world, place_id=str(grid.id))

    assert (await world.phone.get(url)).json()["owner_id"] == str(world.owner.id)


async def test_problem_without_route_waits_for_a_dispatcher(world: World) -> None:
    url, _ = await raise_problem(world, category_code="other")
    before = (await world.phone.get(url)).json()

    answer = await move_problem(world.desk, url, "owner", {"organisation_id": str(world.owner.id)})

    assert (before["state"], before["owner_id"]) == ("raised", None)
    assert (answer.status_code, answer.json()["owner_id"]) == (200, str(world.owner.id))


async def test_problem_is_redone_confirmed_and_closed(world: World, session: AsyncSession) -> None:
    url, link = await raise_and_answer(world)

    await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "只亮了一晚"})
    redone = await move_problem(world.handler, url, "answer", ANSWER | {"answer": "更换了整条线路。"})
    await world.api.post(link, data={"satisfaction": "satisfied"})
    closed = await move_problem(world.handler, url, "closure")

    assert (redone.json()["state"], redone.json()["redone"]) == ("answered", 1)
    assert (closed.json()["state"], closed.json()["satisfaction"]) == ("closed", "satisfied")
    names = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.transaction_id))
    verbs = [name.removeprefix("problem.") for name in (await session.exec(names)).all()]
    assert verbs == ["raised", "dispatched", "accepted", "answered", "reopened", "answered", "confirmed", "closed"]


async def test_close_without_rating_is_refused(world: World) -> None:
    url, _ = await raise_and_answer(world)

    answer = await move_problem(world.handler, url, "closure")

    assert (answer.status_code, answer.json()["code"]) == (409, "problem.not_possible")
    assert answer.json()["facts"]["possible"] == ["satisfied", "not_satisfied"]


async def test_impossible_move_lists_the_possible_ones(world: World) -> None:
    url, _ = await raise_problem(world)

    answer = await move_problem(world.handler, url, "answer", ANSWER)

    assert answer.status_code == 409
    assert answer.json()["facts"] == {"state": "dispatched", "verb": "answer", "possible": ["dispatch", "accept"]}


async def a_return_visit(world: World, clock: FakeClock, place_id: str | None = None) -> dict[str, str]:
    """A rating with an ended visit of the cadre at the place of the problem."""
    url = f"/v1/visits/{new_id()}"
    now = clock().isoformat()
    await world.phone.put(url, json={"place_id": place_id or str(world.place.id), "checked_in_at": now})
    await world.phone.put(f"{url}/check-out", json={"checked_out_at": now}, headers={"If-Match": '"1"'})
    return {"satisfaction": "satisfied", "visit_id": url[-36:]}


async def test_relayed_rating_with_a_return_visit_confirms_the_problem(world: World, clock: FakeClock) -> None:
    url, _ = await raise_and_answer(world)
    rating = await a_return_visit(world, clock)

    answer = await move_problem(world.phone, url, "rating", rating)
    again = await move_problem(world.phone, url, "rating", rating)

    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert (again.status_code, again.json()["code"]) == (409, "problem.not_possible")


async def test_relayed_rating_without_a_fitting_visit_is_refused(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    before = await a_return_visit(world, clock)
    clock.move(minutes=1)
    url, _ = await raise_and_answer(world)
    elsewhere = await build.a_place(session, world.community)
    await session.commit()

    for rating in (before, await a_return_visit(world, clock, str(elsewhere.id)), before | {"visit_id": str(new_id())}):
        answer = await move_problem(world.phone, url, "rating", rating)
        assert (answer.status_code, answer.json()["code"]) == (404, "visit.not_found")
    assert (await world.phone.get(url)).json()["state"] == "answered"


async def test_relayed_rating_with_the_visit_of_raising_is_refused(world: World, clock: FakeClock) -> None:
    visit = f"/v1/visits/{new_id()}"
    await world.phone.put(visit, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    clock.move(minutes=5)
    url, _ = await raise_and_answer(world)
    end = {"checked_out_at": (clock() + timedelta(days=365)).isoformat()}
    await world.phone.put(f"{visit}/check-out", json=end, headers={"If-Match": '"1"'})

    answer = await move_problem(world.phone, url, "rating", {"satisfaction": "satisfied", "visit_id": visit[-36:]})
    clock.move(minutes=-5)

    assert (answer.status_code, answer.json()["code"]) == (404, "visit.not_found")


async def test_relayed_rating_by_the_owner_is_refused(world: World, session: AsyncSession, clock: FakeClock) -> None:
    url, _ = await raise_and_answer(world)
    rating = await a_return_visit(world, clock)

    by_owner = await move_problem(world.handler, url, "rating", rating)
    await build.a_posting(session, world.cadre, world.owner, "handler")
    await session.commit()
    by_both = await move_problem(world.phone, url, "rating", rating)

    assert (by_owner.status_code, by_both.status_code) == (403, 403)


async def test_relayed_rating_after_the_posting_ended_is_refused(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    url, _ = await raise_and_answer(world)
    rating = await a_return_visit(world, clock)
    posting = (await session.exec(select(Posting).where(Posting.person_id == world.cadre.id))).one()
    posting.valid_until = clock()
    await session.commit()

    assert (await move_problem(world.phone, url, "rating", rating)).status_code == 403


async def test_accept_by_a_reader_who_is_not_the_owner_is_refused(world: World) -> None:
    url, _ = await raise_problem(world)

    answer = await move_problem(world.secretary, url, "acceptance")

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


async def test_dispatch_elsewhere_notifies_the_former_owner(world: World, session: AsyncSession) -> None:
    url, _ = await raise_problem(world)

    await move_problem(world.desk, url, "owner", {"organisation_id": str(world.organ.id)})

    statement = select(Event).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.transaction_id).desc())
    newest = (await session.exec(statement)).first()
    assert newest is not None
    assert world.owner.id in newest.organisation_ids


async def test_problem_sent_twice_is_stored_once(world: World) -> None:
    url, body = f"/v1/problems/{new_id()}", world.problem_body()

    first, second = await world.phone.put(url, json=body), await world.phone.put(url, json=body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["problem"] == second.json()["problem"]


async def test_move_with_a_stale_version_is_refused(world: World) -> None:
    url, _ = await raise_problem(world)

    answer = await world.handler.put(f"{url}/acceptance", headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["facts"]) == (412, {"current_version": 2})


async def test_problem_raised_in_a_visit_refers_to_it(world: World, clock: FakeClock) -> None:
    visit_id = new_id()
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}
    await world.phone.put(f"/v1/visits/{visit_id}", json=body)

    url, _ = await raise_problem(world, visit_id=str(visit_id))
    foreign = await world.phone.put(f"/v1/problems/{new_id()}", json=world.problem_body(visit_id=str(new_id())))

    assert (await world.phone.get(url)).json()["visit_id"] == str(visit_id)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "visit.not_found")


async def test_problem_with_an_unknown_category_is_refused(world: World) -> None:
    answer = await world.phone.put(f"/v1/problems/{new_id()}", json=world.problem_body(category_code="weather"))

    assert (answer.status_code, answer.json()["code"]) == (422, "problem.category_unknown")


async def test_problem_is_visible_to_its_community_and_not_to_strangers(
    world: World, session: AsyncSession, api: Caller
) -> None:
    url, _ = await raise_problem(world)
    stranger = await build.a_person(session)
    await build.a_posting(session, stranger, await build.an_organisation(session), "community_secretary")
    await session.commit()

    assert (await world.secretary.get(url)).status_code == 200
    assert (await api.as_(stranger).get(url)).status_code == 404
    assert url[-36:] in [item["id"] for item in (await world.secretary.get("/v1/problems")).json()["items"]]
