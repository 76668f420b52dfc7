"""Check-in over HTTP: presence, repetition, conflicts, rights, consent and the event."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events.visits import VisitCheckedIn
from schemas.foundation.geo import Datum
from service.fieldwork.visits.tables import Visit, VisitPosition
from service.foundation.events.tables import Event
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id
from tests import build
from tests.build.rows import XUANWU
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

NORTH_DEG_PER_M = 1 / 110_900


def a_position(clock: FakeClock, north_m: float = 0, datum: Datum = Datum.GCJ02, **fields: Any) -> dict[str, Any]:
    longitude_deg, latitude_deg = from_wgs84(XUANWU[0], XUANWU[1] + north_m * NORTH_DEG_PER_M, datum)
    return {
        "longitude_deg": longitude_deg,
        "latitude_deg": latitude_deg,
        "accuracy_m": 20,
        "datum": datum,
        "captured_at": clock().isoformat(),
    } | fields


def check_in_body(world: World, clock: FakeClock, **fields: Any) -> dict[str, Any]:
    return {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()} | fields


def url(visit_id: UUID | None = None) -> str:
    return f"/v1/visits/{visit_id or new_id()}"


async def test_position_inside_the_fence_is_verified(world: World, clock: FakeClock) -> None:
    answer = await world.phone.put(url(), json=check_in_body(world, clock, position=a_position(clock)))

    assert answer.status_code == 201, answer.text
    assert (answer.json()["presence"], answer.json()["presence_reasons"]) == ("verified", [])
    assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize("datum", Datum)
async def test_position_in_every_datum_is_converted(world: World, clock: FakeClock, datum: Datum) -> None:
    position = a_position(clock, north_m=150, datum=datum)

    answer = await world.phone.put(url(), json=check_in_body(world, clock, position=position))

    assert answer.json()["presence"] == "verified"


@pytest.mark.parametrize(
    ("north_m", "fields", "presence", "reasons"),
    [
        (190, {}, "unverified", ["fence_edge"]),
        (205, {}, "unverified", ["fence_edge"]),
        (230, {}, "doubtful", ["outside_fence"]),
        (0, {"is_mocked": True}, "verified", ["position_mocked"]),
        (0, {"captured_at": "2026-11-22T01:00:00Z"}, "unverified", ["position_stale"]),
    ],
)
async def test_presence_and_reasons_follow_from_the_position(
    world: World, clock: FakeClock, north_m: float, fields: dict[str, Any], presence: str, reasons: list[str]
) -> None:
    position = a_position(clock, north_m=north_m, **fields)

    answer = await world.phone.put(url(), json=check_in_body(world, clock, position=position))

    assert answer.status_code == 201
    assert (answer.json()["presence"], answer.json()["presence_reasons"]) == (presence, reasons)


async def test_check_in_without_a_position_is_accepted_and_unverified(world: World, clock: FakeClock) -> None:
    answer = await world.phone.put(url(), json=check_in_body(world, clock))

    assert answer.status_code == 201
    assert answer.json()["presence_reasons"] == ["position_missing"]


async def test_check_in_at_a_place_without_a_fence_is_unverified(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    village = await build.a_place(session, world.community, kind="village")
    await session.commit()

    answer = await world.phone.put(
        url(), json=check_in_body(world, clock, place_id=str(village.id), position=a_position(clock))
    )

    assert (answer.json()["presence"], answer.json()["presence_reasons"]) == ("unverified", ["place_not_located"])


async def test_check_in_with_a_wrong_phone_clock_has_a_clock_skew_reason(world: World, clock: FakeClock) -> None:
    answer = await world.phone.put(
        url(),
        json=check_in_body(world, clock, position=a_position(clock)),
        headers={"Sent-At": "2026-11-22T09:00:00+08:00"},
    )

    assert answer.json()["presence_reasons"] == ["clock_skew"]


async def test_check_in_sent_twice_is_one_visit(world: World, session: AsyncSession, clock: FakeClock) -> None:
    visit, body = url(), check_in_body(world, clock, position=a_position(clock))

    first, second = await world.phone.put(visit, json=body), await world.phone.put(visit, json=body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert await build.count(session, Event, subject_id=UUID(visit[-36:])) == 1


async def test_check_in_sent_many_times_at_once_is_one_visit(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    for _ in range(10):
        visit, body = url(), check_in_body(world, clock)

        answers = await asyncio.gather(*(world.phone.put(visit, json=body) for _ in range(8)))

        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert await build.count(session, Event, subject_id=UUID(visit[-36:])) == 1


async def test_check_in_with_used_id_and_other_content_conflicts(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    visit = url()
    await world.phone.put(visit, json=check_in_body(world, clock))

    answer = await world.phone.put(visit, json=check_in_body(world, clock, position=a_position(clock)))

    assert (answer.status_code, answer.json()["code"]) == (409, "id.content_differs")
    assert (await world.phone.get(visit)).json()["presence_reasons"] == ["position_missing"]


async def test_check_in_with_the_id_of_another_person_is_not_found(
    world: World, api: Caller, session: AsyncSession, clock: FakeClock
) -> None:
    visit, body = url(), check_in_body(world, clock)
    await world.phone.put(visit, json=body)
    colleague = await build.a_person(session)
    await build.a_posting(session, colleague, world.organ, "cadre")
    await session.commit()

    answer = await api.as_(colleague).put(visit, json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "visit.not_found")


async def test_check_in_at_an_unknown_place_is_not_found(world: World, session: AsyncSession, clock: FakeClock) -> None:
    visit = url()

    answer = await world.phone.put(visit, json=check_in_body(world, clock, place_id=str(new_id())))

    assert (answer.status_code, answer.json()["code"]) == (404, "place.not_found")
    assert await build.count(session, Visit, id=UUID(visit[-36:])) == 0


async def test_check_in_for_an_organisation_without_a_posting_is_not_found(world: World, clock: FakeClock) -> None:
    answer = await world.phone.put(url(), json=check_in_body(world, clock, organisation_id=str(world.community.id)))

    assert (answer.status_code, answer.json()["code"]) == (404, "organisation.not_found")


async def test_check_in_after_the_end_of_the_posting_is_refused(
    world: World, api: Caller, session: AsyncSession, clock: FakeClock
) -> None:
    former = await build.a_person(session)
    await build.a_posting(session, former, world.organ, "cadre", valid_until=clock())
    await session.commit()

    answer = await api.as_(former).put(url(), json=check_in_body(world, clock))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


async def test_position_without_consent_is_not_stored(world: World, session: AsyncSession, clock: FakeClock) -> None:
    visit = url()

    await world.phone.put(visit, json=check_in_body(world, clock, position=a_position(clock)))

    assert await build.count(session, VisitPosition, visit_id=UUID(visit[-36:])) == 0


async def test_position_with_consent_is_stored(world: World, session: AsyncSession, clock: FakeClock) -> None:
    visit = url()
    await world.phone.put("/v1/me/consents/keep_positions", json={"notice_version": "2026-1"})

    await world.phone.put(visit, json=check_in_body(world, clock, position=a_position(clock)))

    row = await session.get(VisitPosition, UUID(visit[-36:]))
    assert row is not None
    assert row.sent_datum == Datum.GCJ02
    assert row.sent_longitude_deg == a_position(clock)["longitude_deg"]


async def test_check_in_event_has_ids_only(world: World, session: AsyncSession, clock: FakeClock) -> None:
    visit = url()
    await world.phone.put(visit, json=check_in_body(world, clock, position=a_position(clock)))

    event = (await session.exec(select(Event).where(Event.subject_id == UUID(visit[-36:])))).one()

    assert event.name == "visit.checked_in"
    assert VisitCheckedIn.model_validate(event.payload).place_id == world.place.id
    assert event.organisation_ids == [world.organ.id]
    assert event.person_ids == [world.cadre.id]
