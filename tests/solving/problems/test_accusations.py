"""Conflict of interest: accusations in lists, feed, webhooks and dispatch."""

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
from tests.build.assessments import CONFIRMED, record_events
from tests.build.county import somebody
from tests.conftest import START, Caller, FakeClock, caller
from tests.operations.worker.conftest import RunRelay, drain, jobs, run_relay
from tests.operations.worker.steps import sweep
from tests.solving.problems.conftest import ANSWER, CONTACT, World, move_problem, raise_problem

__all__ = ["jobs", "run_relay"]
URL = "/v1/problems"


@dataclass
class Accusation:
    """An accusation of the community at the place, and the clients of all barred persons."""

    url: str
    link: str
    barred: dict[str, Caller]
    office: Organisation
    """An organisation below the accused one."""


async def a_system(session: AsyncSession, world: World, organisation: Organisation) -> Caller:
    """A service client of the organisation."""
    resources = world.api.resources
    token = resources.tokens.issue(Principal(new_id(), organisation.id), resources.clock())
    return caller(world.api.app, resources, token)


@pytest.fixture
async def accusation(world: World, session: AsyncSession) -> Accusation:
    office = await build.an_organisation(session, under=world.community)
    twice = await somebody(
        session, Role.ORGAN_COMMITTEE_OFFICER, world.organ
    )  # may read the problems of the raiser, and has a posting at the accused organisation
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
    barred = {name: world.api.as_(person) for name, person in people.items()}
    barred |= {"secretary": world.secretary, "system": await a_system(session, world, world.community)}
    url, link = await raise_problem(world, accused_ids=[str(world.community.id)], contact=CONTACT)
    return Accusation(url, link, barred, office)


async def list_ids(caller: Caller, **filters: Any) -> set[str]:
    answer = await caller.get(URL, params={"limit": 200} | filters)
    return {item["id"] for item in answer.json()["items"]} if answer.status_code == 200 else set()


async def test_accusation_is_invisible_to_barred_persons_only(world: World, accusation: Accusation) -> None:
    problem_id = accusation.url[-36:]

    for name, caller_ in accusation.barred.items():
        answer = await caller_.get(accusation.url)
        assert (answer.status_code, answer.json()["code"]) == (404, "problem.not_found"), name
        for filters in ({}, {"place_id": str(world.place.id)}, {"owner_id": str(world.owner.id)}, {"state": "raised"}):
            assert problem_id not in await list_ids(caller_, **filters), name
    for outside in (world.phone, world.desk, world.handler):
        problem = (await outside.get(accusation.url)).json()
        assert (problem["is_accusation"], problem["accused_ids"]) == (True, [str(world.community.id)])
        assert problem_id in await list_ids(outside)


async def test_barred_persons_cannot_move_an_accusation_or_reveal_its_contact(
    world: World, accusation: Accusation, session: AsyncSession
) -> None:
    before = (await session.get_one(Problem, UUID(accusation.url[-36:]))).version
    await session.commit()
    moves = {
        "owner": {"organisation_id": str(world.community.id)},
        "acceptance": None,
        "answer": ANSWER,
        "closure": None,
    }

    for caller_ in accusation.barred.values():
        for noun, body in moves.items():
            answer = await caller_.put(f"{accusation.url}/{noun}", json=body, headers={"If-Match": f'"{before}"'})
            assert answer.status_code == 404
        assert (await caller_.post(f"{accusation.url}/reveals", json={"reason": "了解"})).status_code == 404

    problem = await session.get_one(Problem, UUID(accusation.url[-36:]), populate_existing=True)
    assert problem.version == before


async def test_ordinary_problem_of_the_place_is_visible_there(world: World, accusation: Accusation) -> None:
    url, _ = await raise_problem(world)

    for name in ("secretary", "twice", Role.COMMUNITY_WORKER, "system"):
        assert (await accusation.barred[name].get(url)).status_code == 200


async def test_dispatch_to_a_barred_organisation_is_refused_with_advice(world: World, accusation: Accusation) -> None:
    for target in (world.community, accusation.office):
        answer = await move_problem(world.desk, accusation.url, "owner", {"organisation_id": str(target.id)})
        assert (answer.status_code, answer.json()["code"]) == (422, "problem.dispatch_to_accused")
        assert "纪检" in answer.json()["title"]

    outside = await move_problem(world.desk, accusation.url, "owner", {"organisation_id": str(world.organ.id)})
    assert (outside.status_code, outside.json()["owner_id"]) == (200, str(world.organ.id))


async def test_accusation_with_a_route_to_the_accused_is_not_dispatched(world: World, session: AsyncSession) -> None:
    url, _ = await raise_problem(world, accused_ids=[str(world.owner.id)])  # the owner is the target of the route

    problem = (await world.desk.get(url)).json()

    assert (problem["state"], problem["owner_id"]) == ("raised", None)
    assert (await world.handler.get(url)).status_code == 404
    assert (await world.phone.get(url)).status_code == 200


async def test_accusation_of_the_superior_is_visible_to_its_raiser_and_above(
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

    created = await world.api.as_(inside).put(url, json=world.problem_body(accused_ids=[str(world.organ.id)]))
    statuses = [(await world.api.as_(person).get(url)).status_code for person in (inside, superior, colleague)]

    assert created.status_code == 201
    assert statuses == [200, 404, 404]
    assert (await world.desk.get(url)).status_code == 200


async def test_accusation_is_not_visible_through_its_place_until_dispatched(
    world: World, session: AsyncSession
) -> None:
    street = await build.an_organisation(session, under=await session.get_one(Organisation, world.community.parent_id))
    village = await build.an_organisation(session, under=street)
    place = await build.a_place(session, village)
    above = world.api.as_(await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, street))
    await session.commit()
    url, _ = await raise_problem(world, place_id=str(place.id), category_code="other", accused_ids=[str(village.id)])
    ordinary, _ = await raise_problem(world, place_id=str(place.id), category_code="other")
    before = [(await above.get(address)).status_code for address in (url, ordinary)]

    await move_problem(world.desk, url, "owner", {"organisation_id": str(street.id)})

    assert before == [404, 200]
    assert (await above.get(url)).status_code == 200


async def test_accusation_of_the_root_is_refused_with_advice(world: World, session: AsyncSession) -> None:
    root = (await session.exec(select(Organisation).where(Organisation.id == world.community.parent_id))).one()
    problem_id = new_id()

    answer = await world.phone.put(f"{URL}/{problem_id}", json=world.problem_body(accused_ids=[str(root.id)]))
    unknown = await world.phone.put(f"{URL}/{problem_id}", json=world.problem_body(accused_ids=[str(new_id())]))

    assert (answer.status_code, answer.json()["code"]) == (422, "problem.accusation_of_root")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organisation.not_found")
    assert await session.get(Problem, problem_id) is None


async def carry_to_the_end(world: World, accusation: Accusation) -> None:
    assert (await move_problem(world.handler, accusation.url, "acceptance")).status_code == 200
    assert (await move_problem(world.handler, accusation.url, "answer", ANSWER)).status_code == 200
    assert (await world.api.post(accusation.link, data={"satisfaction": "satisfied"})).status_code == 303
    assert (await move_problem(world.handler, accusation.url, "closure")).status_code == 200


async def test_accusation_is_answered_rated_and_closed_like_any_problem(world: World, accusation: Accusation) -> None:
    await carry_to_the_end(world, accusation)

    page = await world.api.get(accusation.link)
    assert page.status_code == 200
    assert (await world.phone.get(accusation.url)).json()["state"] == "closed"


async def test_accusation_reaches_no_feed_or_webhook_of_barred_organisations(
    world: World, accusation: Accusation, session: AsyncSession, run_relay: RunRelay, clock: FakeClock
) -> None:
    endpoints = {}
    for organisation in (world.community, accusation.office, world.owner):
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
    await carry_to_the_end(world, accusation)
    problem_id = UUID(accusation.url[-36:])
    await drain(run_relay, session)

    events = (await session.exec(select(Event).where(Event.subject_id == problem_id))).all()
    organisation_ids = {organisation for event in events for organisation in event.organisation_ids}
    deliveries = (await session.exec(select(Delivery).where(Delivery.subject_id == problem_id))).all()

    assert len(events) == 6
    assert organisation_ids == {world.organ.id, world.owner.id}
    assert {delivery.endpoint_id for delivery in deliveries} == {endpoints[world.owner.id].id}
    for name, caller_ in accusation.barred.items():
        assert str(problem_id) not in await read_whole_feed(caller_), name
    assert str(problem_id) in await read_whole_feed(world.phone)


async def read_whole_feed(caller_: Caller) -> str:
    """All pages of the caller's feed as one text."""
    texts, cursor, is_complete = [], None, False
    while not is_complete:
        answer: httpx.Response = await caller_.get(
            "/v1/feed", params={"limit": 7} | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200
        texts.append(answer.text)
        cursor, is_complete = answer.json()["next_cursor"], answer.json()["is_complete"]
    return "".join(texts)


async def test_feed_without_barred_events_contains_all_others(
    world: World, accusation: Accusation, session: AsyncSession, run_relay: RunRelay, clock: FakeClock
) -> None:
    ordinary, _ = await raise_problem(world)
    await drain(run_relay, session)
    twice = accusation.barred["twice"]

    text = await read_whole_feed(twice)

    assert (ordinary[-36:] in text, accusation.url[-36:] in text) == (True, False)


async def test_overdue_accusation_does_not_notify_the_accused(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    url, _ = await raise_problem(world, accused_ids=[str(world.organ.id)])  # the organisation of the raiser
    await sweep(session.bind, clock() + timedelta(days=60))  # type: ignore[arg-type]  # the engine of the session

    overdue = select(Event).where(Event.subject_id == UUID(url[-36:]), Event.name == "problem.overdue")
    events = (await session.exec(overdue)).all()

    assert {event.payload["timer"] for event in events} == {deadlines.RESPOND_BY, deadlines.SOLVE_BY}
    assert world.organ.id not in {id_ for event in events for id_ in event.organisation_ids}
    assert {id_ for event in events for id_ in event.person_ids} == {world.cadre.id}


async def test_accusation_is_not_evidence_in_a_dossier(world: World, session: AsyncSession, settings: Settings) -> None:
    url, _ = await raise_problem(world, accused_ids=[str(world.community.id)])
    plain, _ = await raise_problem(world)
    for address in (url, plain):
        problem = await session.get_one(Problem, UUID(address[-36:]))
        problem.outcome = "solved"  # type: ignore[assignment]  # the value as stored
        await record_events(session, problem, (CONFIRMED, START))
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

    snapshot = await compute_snapshot(session, cycle, world.cadre.id, START + timedelta(days=1))

    subjects = {row["subject_id"] for figure in snapshot["figures"] for row in figure["evidence"]}
    assert subjects == {plain[-36:]}
    await session.rollback()


async def test_barred_subjects_do_not_change_the_feed_cursor(
    world: World, accusation: Accusation, session: AsyncSession, run_relay: RunRelay, clock: FakeClock
) -> None:
    await drain(run_relay, session)
    actor = Actor(world.cadre.id, None, Permission.FEED_READ, clock())
    readers = select(Person.id).where(Person.id == actor.id)
    all_events = await feed_after(session, readers, None, 200)
    subjects = {event.subject_id for event in all_events.events}

    filtered = await feed_after(session, readers, None, 200, hidden_subjects=select(Problem.id))

    assert UUID(accusation.url[-36:]) in subjects
    assert [
        event for event in filtered.events if event.subject_id in subjects and event.name.startswith("problem.")
    ] == []
    assert filtered.next == all_events.next
