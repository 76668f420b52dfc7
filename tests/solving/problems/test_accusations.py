"""An accusation never reaches the accused: not in a list, not in the feed, not by webhook, not by dispatch."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import OUTWARD
from schemas.identity.organisations import Role
from service.foundation.events.queries import feed_after
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.judgement.assessments.snapshots import compute_snapshot
from service.judgement.assessments.tables import AssessmentCycle
from service.outward.webhooks.tables import Delivery, Endpoint
from service.solving.problems import deadlines
from service.solving.problems.tables import Problem
from tests import build
from tests.build.assessments import CONFIRMED, happened
from tests.build.county import somebody
from tests.conftest import START, Caller, FakeClock, caller
from tests.operations.worker.conftest import Follow, drain, follow, jobs
from tests.operations.worker.steps import sweep
from tests.solving.problems.conftest import ANSWER, CONTACT, World, do, raised

__all__ = ["follow", "jobs"]
URL = "/v1/problems"


@dataclass
class Accused:
    """The community at the place is accused, and everybody who must not learn of it."""

    url: str
    link: str
    kept_out: dict[str, Caller]
    office: Organisation
    """Below the accused."""


async def a_system(session: AsyncSession, world: World, organisation: Organisation) -> Caller:
    """A service client of the organisation."""
    resources = world.api.resources
    token = resources.tokens.issue(Principal(new_id(), organisation.id), resources.clock())
    return caller(world.api.app, resources, token)


@pytest.fixture
async def accused(world: World, session: AsyncSession) -> Accused:
    office = await build.an_organisation(session, under=world.community)
    twice = await somebody(
        session, Role.ORGAN_COMMITTEE_OFFICER, world.organ
    )  # sees the raiser's problems, and sits with the accused
    await build.a_posting(session, twice, world.community, Role.CADRE)
    handling = await somebody(session, Role.HANDLER, world.owner)
    await build.a_posting(session, handling, office, Role.CADRE)
    roles = (
        Role.ORGAN_COMMITTEE_OFFICER,
        Role.COMMUNITY_WORKER,
        Role.SUPERVISOR,
        Role.DISPATCHER,
        Role.SYSTEM_ADMINISTRATOR,
    )
    people = {role.value: await somebody(session, role, world.community) for role in roles}
    people |= {
        "twice": twice,
        "handling": handling,
        "below": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, office),
    }
    await session.commit()
    kept_out = {name: world.api.as_(person) for name, person in people.items()}
    kept_out |= {"secretary": world.secretary, "system": await a_system(session, world, world.community)}
    url, link = await raised(world, accused_ids=[str(world.community.id)], contact=CONTACT)
    return Accused(url, link, kept_out, office)


async def listed(caller: Caller, **wanted: Any) -> set[str]:
    answer = await caller.get(URL, params={"limit": 200} | wanted)
    return {item["id"] for item in answer.json()["items"]} if answer.status_code == 200 else set()


async def test_whoever_belongs_to_the_accused_does_not_see_it_and_those_outside_do(
    world: World, accused: Accused
) -> None:
    problem_id = accused.url[-36:]

    for name, caller_ in accused.kept_out.items():
        answer = await caller_.get(accused.url)
        assert (answer.status_code, answer.json()["code"]) == (404, "problem.not_found"), name
        for wanted in ({}, {"place_id": str(world.place.id)}, {"owner_id": str(world.owner.id)}, {"state": "raised"}):
            assert problem_id not in await listed(caller_, **wanted), name
    for outside in (world.phone, world.desk, world.handler):
        shown = (await outside.get(accused.url)).json()
        assert (shown["is_accusation"], shown["accused_ids"]) == (True, [str(world.community.id)])
        assert problem_id in await listed(outside)


async def test_none_of_them_moves_it_or_reveals_the_contact(
    world: World, accused: Accused, session: AsyncSession
) -> None:
    before = (await session.get_one(Problem, UUID(accused.url[-36:]))).version
    await session.commit()
    tries = {
        "owner": {"organisation_id": str(world.community.id)},
        "acceptance": None,
        "answer": ANSWER,
        "closure": None,
    }

    for caller_ in accused.kept_out.values():
        for noun, body in tries.items():
            refused = await caller_.put(f"{accused.url}/{noun}", json=body, headers={"If-Match": f'"{before}"'})
            assert refused.status_code == 404
        assert (await caller_.post(f"{accused.url}/reveals", json={"reason": "了解"})).status_code == 404

    problem = await session.get_one(Problem, UUID(accused.url[-36:]), populate_existing=True)
    assert problem.version == before


async def test_an_ordinary_problem_of_the_place_is_seen_there_as_before(world: World, accused: Accused) -> None:
    url, _ = await raised(world)

    for name in ("secretary", "twice", Role.COMMUNITY_WORKER, "system"):
        assert (await accused.kept_out[name].get(url)).status_code == 200


async def test_it_is_not_dispatched_to_the_accused_and_the_refusal_says_where_else(
    world: World, accused: Accused
) -> None:
    for target in (world.community, accused.office):
        answer = await do(world.desk, accused.url, "owner", {"organisation_id": str(target.id)})
        assert (answer.status_code, answer.json()["code"]) == (422, "problem.dispatch_to_accused")
        assert "纪检" in answer.json()["title"]

    outside = await do(world.desk, accused.url, "owner", {"organisation_id": str(world.organ.id)})
    assert (outside.status_code, outside.json()["owner_id"]) == (200, str(world.organ.id))


async def test_a_route_that_leads_to_the_accused_is_not_taken(world: World, session: AsyncSession) -> None:
    url, _ = await raised(world, accused_ids=[str(world.owner.id)])  # the route of the category leads to the owner

    shown = (await world.desk.get(url)).json()

    assert (shown["state"], shown["owner_id"]) == ("raised", None)
    assert (await world.handler.get(url)).status_code == 404
    assert (await world.phone.get(url)).status_code == 200


async def test_an_accusation_of_the_own_superior_is_seen_by_its_raiser_and_above_only(
    world: World, session: AsyncSession
) -> None:
    bureau = await build.an_organisation(session, under=world.organ)
    inside, superior = (
        await somebody(session, Role.CADRE, bureau),
        await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.organ),
    )
    colleague = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau)
    await session.commit()
    url = f"{URL}/{new_id()}"

    made = await world.api.as_(inside).put(url, json=world.asked(accused_ids=[str(world.organ.id)]))
    statuses = [(await world.api.as_(one).get(url)).status_code for one in (inside, superior, colleague)]

    assert made.status_code == 201
    assert statuses == [200, 404, 404]
    assert (await world.desk.get(url)).status_code == 200


async def test_it_is_not_seen_through_its_place_from_above_until_it_is_dispatched_there(
    world: World, session: AsyncSession
) -> None:
    street = await build.an_organisation(session, under=await session.get_one(Organisation, world.community.parent_id))
    village = await build.an_organisation(session, under=street)
    place = await build.a_place(session, village)
    above = world.api.as_(await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, street))
    await session.commit()
    url, _ = await raised(world, place_id=str(place.id), category_code="other", accused_ids=[str(village.id)])
    ordinary, _ = await raised(world, place_id=str(place.id), category_code="other")
    before = [(await above.get(one)).status_code for one in (url, ordinary)]

    await do(world.desk, url, "owner", {"organisation_id": str(street.id)})

    assert before == [404, 200]
    assert (await above.get(url)).status_code == 200


async def test_who_accuses_the_top_is_told_where_to_turn_and_nothing_is_kept(
    world: World, session: AsyncSession
) -> None:
    root = (await session.exec(select(Organisation).where(Organisation.id == world.community.parent_id))).one()
    problem_id = new_id()

    answer = await world.phone.put(f"{URL}/{problem_id}", json=world.asked(accused_ids=[str(root.id)]))
    nobody = await world.phone.put(f"{URL}/{problem_id}", json=world.asked(accused_ids=[str(new_id())]))

    assert (answer.status_code, answer.json()["code"]) == (422, "problem.accusation_of_root")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "organisation.not_found")
    assert await session.get(Problem, problem_id) is None


async def carried_to_the_end(world: World, accused: Accused) -> None:
    assert (await do(world.handler, accused.url, "acceptance")).status_code == 200
    assert (await do(world.handler, accused.url, "answer", ANSWER)).status_code == 200
    assert (await world.api.post(accused.link, data={"satisfaction": "satisfied"})).status_code == 303
    assert (await do(world.handler, accused.url, "closure")).status_code == 200


async def test_the_private_link_and_the_whole_way_work_as_for_any_problem(world: World, accused: Accused) -> None:
    await carried_to_the_end(world, accused)

    page = await world.api.get(accused.link)
    assert page.status_code == 200
    assert (await world.phone.get(accused.url)).json()["state"] == "closed"


async def test_neither_feed_nor_webhook_tells_the_accused(
    world: World, accused: Accused, session: AsyncSession, follow: Follow, clock: FakeClock
) -> None:
    endpoints = {}
    for organisation in (world.community, accused.office, world.owner):
        endpoints[organisation.id] = Endpoint(
            id=new_id(),
            organisation_id=organisation.id,
            url="http://127.0.0.1:1/",
            event_names=sorted(OUTWARD),
            state="active",
            created_at=START,
            request_fingerprint=b"",
        )
        session.add(endpoints[organisation.id])
    await session.commit()
    await carried_to_the_end(world, accused)
    problem_id = UUID(accused.url[-36:])
    await drain(follow, session)

    events = (await session.exec(select(Event).where(Event.subject_id == problem_id))).all()
    reached = {organisation for event in events for organisation in event.organisation_ids}
    deliveries = (await session.exec(select(Delivery).where(Delivery.subject_id == problem_id))).all()

    assert len(events) == 6
    assert reached == {world.organ.id, world.owner.id}
    assert {delivery.endpoint_id for delivery in deliveries} == {endpoints[world.owner.id].id}
    for name, caller_ in accused.kept_out.items():
        assert str(problem_id) not in await whole_feed(caller_), name
    assert str(problem_id) in await whole_feed(world.phone)


async def whole_feed(caller_: Caller) -> str:
    """Every page of the caller's feed, as text."""
    texts, cursor, is_complete = [], None, False
    while not is_complete:
        answer: httpx.Response = await caller_.get(
            "/v1/feed", params={"limit": 7} | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200
        texts.append(answer.text)
        cursor, is_complete = answer.json()["next_cursor"], answer.json()["is_complete"]
    return "".join(texts)


async def test_a_feed_without_the_withheld_misses_nothing_else(
    world: World, accused: Accused, session: AsyncSession, follow: Follow, clock: FakeClock
) -> None:
    ordinary, _ = await raised(world)
    await drain(follow, session)
    twice = accused.kept_out["twice"]

    text = await whole_feed(twice)

    assert (ordinary[-36:] in text, accused.url[-36:] in text) == (True, False)


async def test_a_deadline_that_passes_is_not_told_to_the_accused(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    url, _ = await raised(world, accused_ids=[str(world.organ.id)])  # the raiser's own body
    await sweep(session.bind, clock() + timedelta(days=60))  # type: ignore[arg-type]  # the engine of the session

    overdue = select(Event).where(Event.subject_id == UUID(url[-36:]), Event.name == "problem.overdue")
    events = (await session.exec(overdue)).all()

    assert {event.payload["timer"] for event in events} == {deadlines.RESPOND_BY, deadlines.SOLVE_BY}
    assert world.organ.id not in {one for event in events for one in event.organisation_ids}
    assert {one for event in events for one in event.person_ids} == {world.cadre.id}


async def test_an_accusation_is_no_evidence_in_any_dossier(
    world: World, session: AsyncSession, settings: Settings
) -> None:
    url, _ = await raised(world, accused_ids=[str(world.community.id)])
    plain, _ = await raised(world)
    for one in (url, plain):
        problem = await session.get_one(Problem, UUID(one[-36:]))
        problem.outcome = "solved"  # type: ignore[assignment]  # as the database keeps it
        await happened(session, problem, (CONFIRMED, START))
    cycle = AssessmentCycle(
        id=new_id(),
        name="年度",
        organisation_id=world.organ.id,
        receiver_id=world.organ.id,
        from_day=START.date() - timedelta(days=9),
        until_day=START.date() + timedelta(days=9),
        state="collecting",
        opened_at=START,
        request_fingerprint=b"",
    )

    facts = await compute_snapshot(session, cycle, world.cadre.id, START + timedelta(days=1))

    subjects = {row["subject_id"] for figure in facts["figures"] for row in figure["evidence"]}
    assert subjects == {plain[-36:]}
    await session.rollback()


async def test_withheld_subjects_leave_no_hole_in_the_cursor(
    world: World, accused: Accused, session: AsyncSession, follow: Follow, clock: FakeClock
) -> None:
    await drain(follow, session)
    actor = Actor(world.cadre.id, None, Permission.FEED_READ, clock())
    readers = select(Person.id).where(Person.id == actor.id)
    everything = await feed_after(session, readers, None, 200)
    subjects = {event.subject_id for event in everything.events}

    hidden = await feed_after(session, readers, None, 200, withheld=select(Problem.id))

    assert UUID(accused.url[-36:]) in subjects
    assert [
        event for event in hidden.events if event.subject_id in subjects and event.name.startswith("problem.")
    ] == []
    assert hidden.next == everything.next
