"""Fence proposals: created from check-ins, decided by the organisation responsible for the place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import ProposalState
from service.fieldwork.visits import positions
from service.fieldwork.visits.fence_proposals import propose, withdraw
from service.fieldwork.visits.tables import Visit, VisitPosition
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Fence, FenceProposal, Place
from tests import build
from tests.build.county import County
from tests.conftest import START, Caller

URL = "/v1/fence-proposals"
HERE = (118.7969, 32.0603)
METRE_DEG = 1 / 111_000
"""One metre of latitude in degrees."""


async def create_check_ins(
    session: AsyncSession,
    place: Place,
    *,
    persons: int = 5,
    days: int = 3,
    per_day: int = 1,
    apart_m: float = 20,
    accuracy_m: float = 15,
    at: tuple[float, float] = HERE,
    reasons: tuple[str, ...] = ("place_not_located",),
) -> None:
    """Create check-ins with positions: several persons, each on several days, `apart_m` metres apart."""
    for number in range(persons):
        person = await build.a_person(session)
        for day in range(days):
            for _ in range(per_day):
                visit = Visit(
                    id=new_id(),
                    person_id=person.id,
                    organisation_id=place.organisation_id,
                    place_id=place.id,
                    state="open",
                    checked_in_at=START - timedelta(days=day),
                    presence="unverified",
                    presence_reasons=list(reasons),
                    request_fingerprint=b"",
                )
                session.add(visit)
                await session.flush()
                session.add(
                    VisitPosition(
                        visit_id=visit.id,
                        person_id=person.id,
                        position=f"SRID=4326;POINT({at[0]} {at[1] + number * apart_m * METRE_DEG})",
                        accuracy_m=accuracy_m,
                        sent_longitude_deg=0,
                        sent_latitude_deg=0,
                        sent_datum="wgs84",
                        captured_at=visit.checked_in_at,
                    )
                )
    await session.commit()


async def run_nightly_job(session: AsyncSession) -> None:
    """Run both steps of the nightly job to their end."""
    for step in (withdraw, propose):
        after: UUID | None = UUID(int=0)
        while after is not None:
            after = await step(session, after, START)
            await session.commit()


async def list_proposals(session: AsyncSession, place: Place) -> list[FenceProposal]:
    statement = select(FenceProposal).where(FenceProposal.place_id == place.id).order_by(col(FenceProposal.proposed_at))
    return list((await session.exec(statement)).all())


@pytest.fixture
async def place(session: AsyncSession, county: County) -> Place:
    place = await build.a_place(session, county.community)
    await session.commit()
    return place


async def test_check_ins_of_five_persons_on_three_days_create_one_proposal(session: AsyncSession, place: Place) -> None:
    await create_check_ins(session, place)

    await run_nightly_job(session)
    await run_nightly_job(session)

    (proposal,) = await list_proposals(session, place)
    assert (proposal.state, proposal.check_ins, proposal.persons, proposal.radius_m) == (
        ProposalState.PROPOSED,
        15,
        5,
        100,
    )
    assert await distance_m(session, proposal, (HERE[0], HERE[1] + 40 * METRE_DEG)) < 50


async def distance_m(session: AsyncSession, proposal: FenceProposal, point: tuple[float, float]) -> float:
    """Return the metres between the centroid of a proposal and a point."""
    distance = sa.text("SELECT ST_Distance(centroid, ST_GeogFromText(:here)) FROM fence_proposal WHERE id = :id")
    return float(await session.scalar(distance.bindparams(here=f"POINT({point[0]} {point[1]})", id=proposal.id)) or 0)


BETWEEN_GRID_POINTS = (118.79725, 32.06025)
"""As far from the grid of centroids as a point can be."""


async def test_proposal_centroid_does_not_follow_one_frequent_person(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    """One person checks in at a desk twice a day for 20 days; four others on two days each, 200 m away."""
    await create_check_ins(session, place, persons=1, days=20, per_day=2, at=BETWEEN_GRID_POINTS)
    others = (BETWEEN_GRID_POINTS[0], BETWEEN_GRID_POINTS[1] + 200 * METRE_DEG)
    await create_check_ins(session, place, persons=4, days=2, at=others, apart_m=0)

    await run_nightly_job(session)
    (proposal,) = await list_proposals(session, place)
    url = f"{URL}/{proposal.id}/decision"
    await api.as_(county.secretary).put(url, json={"is_accepted": True}, headers={"If-Match": '"1"'})

    desk = f"POINT({BETWEEN_GRID_POINTS[0]} {BETWEEN_GRID_POINTS[1]})"
    near = sa.text(
        "SELECT least(ST_Distance(centroid, ST_GeogFromText(:desk)), ST_Distance(area, ST_GeogFromText(:desk)))"
        " FROM fence_proposal AS proposal JOIN fence ON fence.id = fence_id WHERE proposal.place_id = :place_id"
    )
    assert (await session.scalar(near.bindparams(desk=desk, place_id=place.id)) or 0) > 100
    on_grid = sa.text(
        "SELECT ST_AsText(area) FROM fence WHERE place_id = :place_id AND ST_DWithin(area,"
        " ST_SnapToGrid(area::geometry, 0.0005)::geography, 0.01) AND radius_m::int % 50 = 0"
    )
    assert await session.scalar(on_grid.bindparams(place_id=place.id)) is not None


async def test_proposal_is_withdrawn_when_positions_of_a_person_are_deleted(
    session: AsyncSession, place: Place
) -> None:
    await create_check_ins(session, place)
    await run_nightly_job(session)
    (proposal,) = await list_proposals(session, place)
    statement = select(VisitPosition.person_id).where(col(VisitPosition.visit_id).in_(_visits_at(place))).limit(1)
    person_id = (await session.exec(statement)).one()

    await positions.delete_positions_of_person(session, person_id)
    await session.commit()
    await run_nightly_job(session)

    assert await list_proposals(session, place) == []
    events = select(Event.payload).where(Event.subject_id == proposal.id).order_by(col(Event.id))
    assert [payload["state"] for payload in (await session.exec(events)).all()] == ["proposed", "withdrawn"]


async def test_proposal_withdrawn_before_is_created_again_from_new_check_ins(
    session: AsyncSession, place: Place
) -> None:
    await create_check_ins(session, place)
    await run_nightly_job(session)
    await session.exec(sa.delete(VisitPosition).where(col(VisitPosition.visit_id).in_(_visits_at(place))))
    await session.commit()
    await run_nightly_job(session)
    assert await list_proposals(session, place) == []

    await create_check_ins(session, place)
    await run_nightly_job(session)

    assert [proposal.state for proposal in await list_proposals(session, place)] == [ProposalState.PROPOSED]


def _visits_at(place: Place) -> sa.Select[tuple[UUID]]:
    return sa.select(col(Visit.id)).where(col(Visit.place_id) == place.id)


@pytest.mark.parametrize(
    "check_in_fields",
    [
        {"persons": 4, "per_day": 3},
        {"days": 2, "per_day": 2},
        {"persons": 6, "days": 1},
        {"apart_m": 900},
        {"accuracy_m": 101},
        {"reasons": ("position_mocked",)},
        {"reasons": ("position_stale",)},
    ],
)
async def test_check_ins_that_are_few_scattered_or_unreliable_create_no_proposal(
    session: AsyncSession, place: Place, check_in_fields: dict[str, Any]
) -> None:
    await create_check_ins(session, place, **check_in_fields)

    await run_nightly_job(session)

    assert await list_proposals(session, place) == []


async def test_check_ins_at_place_with_fence_create_no_proposal(session: AsyncSession, place: Place) -> None:
    await build.a_circle(session, place)
    await create_check_ins(session, place)

    await run_nightly_job(session)

    assert await list_proposals(session, place) == []


async def create_proposal(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> tuple[Caller, dict[str, Any]]:
    await create_check_ins(session, place)
    await run_nightly_job(session)
    secretary = api.as_(county.secretary)
    (item,) = (await secretary.get(URL, params={"place_id": str(place.id)})).json()["items"]
    return secretary, item


async def list_fences(session: AsyncSession, place: Place) -> list[tuple[str, float | None]]:
    rows = await session.exec(select(Fence).where(Fence.place_id == place.id))
    return [(row.kind.value, row.radius_m) for row in rows.all()]


async def test_proposal_accepted_becomes_fence_that_verifies_check_ins(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await create_proposal(api, county, session, place)

    answer = await secretary.put(
        f"{URL}/{item['id']}/decision", json={"is_accepted": True}, headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert item["centroid"]["type"] == "Point"
    assert await list_fences(session, place) == [("circle", 100)]
    position = {
        "longitude_deg": HERE[0],
        "latitude_deg": HERE[1],
        "accuracy_m": 5,
        "datum": "wgs84",
        "captured_at": START.isoformat(),
    }
    visit = {"place_id": str(place.id), "checked_in_at": START.isoformat(), "position": position}
    assert (await api.as_(county.cadre).put(f"/v1/visits/{new_id()}", json=visit)).json()["presence"] == "verified"


async def test_proposal_accepted_with_other_shape_sets_that_shape(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await create_proposal(api, county, session, place)
    centre = {"longitude_deg": 118.8, "latitude_deg": 32.06, "datum": "gcj02"}
    body = {"is_accepted": True, "shape": {"kind": "circle", "centre": centre, "radius_m": 300}}

    answer = await secretary.put(f"{URL}/{item['id']}/decision", json=body, headers={"If-Match": '"1"'})

    assert answer.json()["state"] == "accepted"
    assert await list_fences(session, place) == [("circle", 300)]


async def test_proposal_refused_is_final_and_not_created_again(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await create_proposal(api, county, session, place)
    url = f"{URL}/{item['id']}/decision"

    refused = await secretary.put(url, json={"is_accepted": False, "reason": "那是停车场"}, headers={"If-Match": '"1"'})
    again = await secretary.put(url, json={"is_accepted": True}, headers={"If-Match": '"2"'})
    await run_nightly_job(session)

    assert (refused.status_code, refused.json()["reason"]) == (200, "那是停车场")
    assert (again.status_code, again.json()["code"]) == (409, "fence_proposal.decided")
    assert [proposal.state for proposal in await list_proposals(session, place)] == [ProposalState.REFUSED]
    assert await list_fences(session, place) == []


@pytest.mark.parametrize("body", [{"is_accepted": True}, {"is_accepted": False, "reason": "那是停车场"}])
async def test_decision_repeated_changes_nothing(
    api: Caller, county: County, session: AsyncSession, place: Place, body: dict[str, Any]
) -> None:
    secretary, item = await create_proposal(api, county, session, place)
    url, based_on_1 = f"{URL}/{item['id']}/decision", {"If-Match": '"1"'}

    first, again = [await secretary.put(url, json=body, headers=based_on_1) for _ in range(2)]
    other = await secretary.put(url, json=body | {"is_accepted": True, "name": "别的"}, headers={"If-Match": '"2"'})

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "fence_proposal.decided")
    assert len(await list_fences(session, place)) == int(body["is_accepted"])


@pytest.mark.parametrize("body", [{"is_accepted": False}, {"is_accepted": False, "reason": " "}, {}])
async def test_decision_to_refuse_without_reason_is_invalid(
    api: Caller, county: County, session: AsyncSession, place: Place, body: dict[str, Any]
) -> None:
    secretary, item = await create_proposal(api, county, session, place)

    answer = await secretary.put(f"{URL}/{item['id']}/decision", json=body, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_proposal_is_hidden_from_other_organisations(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    _, item = await create_proposal(api, county, session, place)
    neighbour = api.as_(county.neighbour)

    listed = await neighbour.get(URL)
    decided = await neighbour.put(
        f"{URL}/{item['id']}/decision", json={"is_accepted": True}, headers={"If-Match": '"1"'}
    )

    assert item["id"] not in [proposal["id"] for proposal in listed.json()["items"]]
    assert (decided.status_code, decided.json()["code"]) == (404, "fence_proposal.not_found")
