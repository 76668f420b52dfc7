"""Check-ins that agree propose a fence; the organisation responsible for the place decides."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import ProposalState
from service.fieldwork.visits import positions
from service.fieldwork.visits.proposing import propose, take_back
from service.fieldwork.visits.tables import Visit, VisitPosition
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Fence, FenceProposal, Place
from tests import build
from tests.build.county import County
from tests.conftest import START, Caller

URL = "/v1/fence-proposals"
HERE = (118.7969, 32.0603)
METRE = 1 / 111_000
"""Of latitude, in degrees."""


async def check_ins(
    session: AsyncSession,
    place: Place,
    *,
    persons: int = 5,
    days: int = 3,
    each: int = 1,
    apart_m: float = 20,
    accuracy_m: float = 15,
    at: tuple[float, float] = HERE,
    reasons: tuple[str, ...] = ("place_not_located",),
) -> None:
    """Persons who consented, each on several days, some metres apart from one another."""
    for number in range(persons):
        person = await build.a_person(session)
        for day in range(days):
            for _ in range(each):
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
                        position=f"SRID=4326;POINT({at[0]} {at[1] + number * apart_m * METRE})",
                        accuracy_m=accuracy_m,
                        sent_longitude_deg=0,
                        sent_latitude_deg=0,
                        sent_datum="wgs84",
                        captured_at=visit.checked_in_at,
                    )
                )
    await session.commit()


async def night(session: AsyncSession) -> None:
    """What the nightly job does."""
    for look in (take_back, propose):
        after: UUID | None = UUID(int=0)
        while after is not None:
            after = await look(session, after, START)
            await session.commit()


async def proposed(session: AsyncSession, place: Place) -> list[FenceProposal]:
    statement = select(FenceProposal).where(FenceProposal.place_id == place.id).order_by(col(FenceProposal.proposed_at))
    return list((await session.exec(statement)).all())


@pytest.fixture
async def place(session: AsyncSession, county: County) -> Place:
    place = await build.a_place(session, county.community)
    await session.commit()
    return place


async def test_several_persons_on_several_days_at_one_spot_propose_it(session: AsyncSession, place: Place) -> None:
    await check_ins(session, place)

    await night(session)
    await night(session)

    (one,) = await proposed(session, place)
    assert (one.state, one.check_ins, one.persons, one.radius_m) == (ProposalState.PROPOSED, 15, 5, 100)
    assert await away_m(session, one, (HERE[0], HERE[1] + 40 * METRE)) < 50


async def away_m(session: AsyncSession, proposal: FenceProposal, spot: tuple[float, float]) -> float:
    """How far the proposed centroid lies from a spot."""
    distance = sa.text("SELECT ST_Distance(centroid, ST_GeogFromText(:here)) FROM fence_proposal WHERE id = :id")
    return float(await session.scalar(distance.bindparams(here=f"POINT({spot[0]} {spot[1]})", id=proposal.id)) or 0)


BETWEEN = (118.79725, 32.06025)
"""As far from the grid of middles as a spot can lie."""


async def test_who_checks_in_more_often_than_all_others_is_not_the_middle(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    """One person's desk, twice a day for twenty days; four others, on two days each, 200 m from it: they weigh more."""
    await check_ins(session, place, persons=1, days=20, each=2, at=BETWEEN)
    others = (BETWEEN[0], BETWEEN[1] + 200 * METRE)
    await check_ins(session, place, persons=4, days=2, at=others, apart_m=0)

    await night(session)
    (one,) = await proposed(session, place)
    url = f"{URL}/{one.id}/decision"
    await api.as_(county.secretary).put(url, json={"is_accepted": True}, headers={"If-Match": '"1"'})

    desk = f"POINT({BETWEEN[0]} {BETWEEN[1]})"
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


async def test_a_proposal_goes_when_the_positions_of_its_fifth_person_go(session: AsyncSession, place: Place) -> None:
    await check_ins(session, place)
    await night(session)
    (one,) = await proposed(session, place)
    gone = select(VisitPosition.person_id).where(col(VisitPosition.visit_id).in_(_visits_at(place))).limit(1)
    person_id = (await session.exec(gone)).one()

    await positions.forget_all_of(session, person_id)
    await session.commit()
    await night(session)

    assert await proposed(session, place) == []
    told = (await session.exec(select(Event.payload).where(Event.subject_id == one.id).order_by(col(Event.id)))).all()
    assert [payload["state"] for payload in told] == ["proposed", "withdrawn"]


async def test_withdrawn_it_comes_back_when_others_agree(session: AsyncSession, place: Place) -> None:
    await check_ins(session, place)
    await night(session)
    await session.exec(sa.delete(VisitPosition).where(col(VisitPosition.visit_id).in_(_visits_at(place))))
    await session.commit()
    await night(session)
    assert await proposed(session, place) == []

    await check_ins(session, place)
    await night(session)

    assert [one.state for one in await proposed(session, place)] == [ProposalState.PROPOSED]


def _visits_at(place: Place) -> sa.Select[tuple[UUID]]:
    return sa.select(col(Visit.id)).where(col(Visit.place_id) == place.id)


@pytest.mark.parametrize(
    "too_little",
    [
        {"persons": 4, "each": 3},
        {"days": 2, "each": 2},
        {"persons": 6, "days": 1},
        {"apart_m": 900},
        {"accuracy_m": 101},
        {"reasons": ("position_mocked",)},
        {"reasons": ("position_stale",)},
    ],
)
async def test_what_does_not_agree_proposes_nothing(
    session: AsyncSession, place: Place, too_little: dict[str, Any]
) -> None:
    await check_ins(session, place, **too_little)

    await night(session)

    assert await proposed(session, place) == []


async def test_a_place_with_a_fence_is_left_alone(session: AsyncSession, place: Place) -> None:
    await build.a_circle(session, place)
    await check_ins(session, place)

    await night(session)

    assert await proposed(session, place) == []


async def asked(api: Caller, county: County, session: AsyncSession, place: Place) -> tuple[Caller, dict[str, Any]]:
    await check_ins(session, place)
    await night(session)
    secretary = api.as_(county.secretary)
    (item,) = (await secretary.get(URL, params={"place_id": str(place.id)})).json()["items"]
    return secretary, item


async def fences(session: AsyncSession, place: Place) -> list[tuple[str, float | None]]:
    rows = await session.exec(select(Fence).where(Fence.place_id == place.id))
    return [(row.kind.value, row.radius_m) for row in rows.all()]


async def test_accepted_it_becomes_the_fence_and_later_check_ins_are_judged_by_it(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await asked(api, county, session, place)

    answer = await secretary.put(
        f"{URL}/{item['id']}/decision", json={"is_accepted": True}, headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert item["centroid"]["type"] == "Point"
    assert await fences(session, place) == [("circle", 100)]
    position = {
        "longitude_deg": HERE[0],
        "latitude_deg": HERE[1],
        "accuracy_m": 5,
        "datum": "wgs84",
        "captured_at": START.isoformat(),
    }
    visit = {"place_id": str(place.id), "checked_in_at": START.isoformat(), "position": position}
    assert (await api.as_(county.cadre).put(f"/v1/visits/{new_id()}", json=visit)).json()["presence"] == "verified"


async def test_it_is_corrected_by_another_shape(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await asked(api, county, session, place)
    centre = {"longitude_deg": 118.8, "latitude_deg": 32.06, "datum": "gcj02"}
    said = {"is_accepted": True, "shape": {"kind": "circle", "centre": centre, "radius_m": 300}}

    answer = await secretary.put(f"{URL}/{item['id']}/decision", json=said, headers={"If-Match": '"1"'})

    assert answer.json()["state"] == "accepted"
    assert await fences(session, place) == [("circle", 300)]


async def test_refused_with_a_reason_it_does_not_come_back_the_next_night(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    secretary, item = await asked(api, county, session, place)
    url = f"{URL}/{item['id']}/decision"

    refused = await secretary.put(url, json={"is_accepted": False, "reason": "那是停车场"}, headers={"If-Match": '"1"'})
    again = await secretary.put(url, json={"is_accepted": True}, headers={"If-Match": '"2"'})
    await night(session)

    assert (refused.status_code, refused.json()["reason"]) == (200, "那是停车场")
    assert (again.status_code, again.json()["code"]) == (409, "fence_proposal.decided")
    assert [one.state for one in await proposed(session, place)] == [ProposalState.REFUSED]
    assert await fences(session, place) == []


@pytest.mark.parametrize("said", [{"is_accepted": True}, {"is_accepted": False, "reason": "那是停车场"}])
async def test_the_same_decision_again_is_answered_with_what_stands(
    api: Caller, county: County, session: AsyncSession, place: Place, said: dict[str, Any]
) -> None:
    secretary, item = await asked(api, county, session, place)
    url, based_on_1 = f"{URL}/{item['id']}/decision", {"If-Match": '"1"'}

    first, again = [await secretary.put(url, json=said, headers=based_on_1) for _ in range(2)]
    other = await secretary.put(url, json=said | {"is_accepted": True, "name": "别的"}, headers={"If-Match": '"2"'})

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "fence_proposal.decided")
    assert len(await fences(session, place)) == int(said["is_accepted"])


@pytest.mark.parametrize("said", [{"is_accepted": False}, {"is_accepted": False, "reason": " "}, {}])
async def test_a_refusal_without_a_reason_is_refused(
    api: Caller, county: County, session: AsyncSession, place: Place, said: dict[str, Any]
) -> None:
    secretary, item = await asked(api, county, session, place)

    answer = await secretary.put(f"{URL}/{item['id']}/decision", json=said, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_whoever_is_not_responsible_does_not_learn_of_it(
    api: Caller, county: County, session: AsyncSession, place: Place
) -> None:
    _, item = await asked(api, county, session, place)
    neighbour = api.as_(county.neighbour)

    listed = await neighbour.get(URL)
    decided = await neighbour.put(
        f"{URL}/{item['id']}/decision", json={"is_accepted": True}, headers={"If-Match": '"1"'}
    )

    assert item["id"] not in [one["id"] for one in listed.json()["items"]]
    assert (decided.status_code, decided.json()["code"]) == (404, "fence_proposal.not_found")
