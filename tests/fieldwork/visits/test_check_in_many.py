"""Check-in of many requests in one statement: round trips, repeated ids, invalid rows."""

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.fieldwork.visits import CheckIn
from schemas.foundation.geo import Datum, Position
from service.fieldwork.visits.check_in import CheckInRequest, CheckInResult, check_in_many
from service.foundation.errors import ContentDiffers
from service.foundation.events.tables import Event
from service.foundation.geo import OutsideDatum
from service.foundation.ids import new_id
from service.ground.places.errors import PlaceNotFound
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from tests import build
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World


@pytest.fixture
def actor(world: World, clock: FakeClock) -> Actor:
    return Actor(world.cadre.id, None, Permission.VISIT_WRITE, clock())


@pytest.fixture
def round_trips(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are sent to the database."""
    statements: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def counting(cursor, query, *args, **kwargs):
        statements.append(str(query))
        return await execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counting)
    return statements


def build_request(world: World, clock: FakeClock, request_fingerprint: bytes = b"same") -> CheckInRequest:
    return CheckInRequest(new_id(), CheckIn(place_id=world.place.id, checked_in_at=clock()), request_fingerprint)


async def test_same_id_twice_in_a_batch_is_one_visit_and_one_event(
    world: World, resources: Resources, actor: Actor, session: AsyncSession, clock: FakeClock
) -> None:
    request = build_request(world, clock)

    outcomes = await check_in_many(resources.pool, actor, [request, request], None)

    assert [outcome.is_new for outcome in outcomes if isinstance(outcome, CheckInResult)] == [True, False]
    assert await build.count(session, Event, subject_id=request.id) == 1


async def test_same_id_with_two_contents_in_a_batch_keeps_the_first(
    world: World, resources: Resources, actor: Actor, clock: FakeClock
) -> None:
    first = build_request(world, clock)
    other = CheckInRequest(first.id, first.body, b"other")

    row, failure = await check_in_many(resources.pool, actor, [first, other], None)

    assert isinstance(row, CheckInResult)
    assert isinstance(failure, ContentDiffers)


async def test_batch_with_one_invalid_row_stores_the_others(
    world: World, resources: Resources, actor: Actor, clock: FakeClock
) -> None:
    good = [build_request(world, clock) for _ in range(20)]
    bad = CheckInRequest(new_id(), CheckIn(place_id=new_id(), checked_in_at=clock()), b"bad")

    outcomes = await check_in_many(resources.pool, actor, [*good[:10], bad, *good[10:]], None)

    assert isinstance(outcomes[10], PlaceNotFound)
    assert [type(outcome) for outcome in outcomes].count(CheckInResult) == 20


async def test_new_visit_costs_one_round_trip_and_a_repeated_one_two(
    world: World, clock: FakeClock, round_trips: list[str]
) -> None:
    visit, body = f"/v1/visits/{new_id()}", {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}

    first = await world.phone.put(visit, json=body)
    for_new = len(round_trips)
    again = await world.phone.put(visit, json=body)

    assert (first.status_code, for_new) == (201, 1)
    assert (again.status_code, len(round_trips) - for_new) == (200, 2)


async def test_batch_of_fifty_new_visits_costs_one_round_trip(
    world: World, resources: Resources, actor: Actor, clock: FakeClock, round_trips: list[str]
) -> None:
    outcomes = await check_in_many(resources.pool, actor, [build_request(world, clock) for _ in range(50)], None)

    assert [outcome.is_new for outcome in outcomes if isinstance(outcome, CheckInResult)] == [True] * 50
    assert len(round_trips) == 1


async def test_batch_with_one_invalid_position_stores_the_others(
    world: World, resources: Resources, actor: Actor, clock: FakeClock
) -> None:
    abroad = Position(longitude_deg=2.35, latitude_deg=48.85, accuracy_m=9, datum=Datum.GCJ02, captured_at=clock())
    bad = CheckInRequest(new_id(), CheckIn(place_id=world.place.id, checked_in_at=clock(), position=abroad), b"same")
    before, after = build_request(world, clock), build_request(world, clock)

    outcomes = await check_in_many(resources.pool, actor, [before, bad, after], None)

    assert [type(outcome) for outcome in outcomes] == [CheckInResult, OutsideDatum, CheckInResult]
    assert [type(outcome) for outcome in await check_in_many(resources.pool, actor, [bad], None)] == [OutsideDatum]
