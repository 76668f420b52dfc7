"""Requests per minute are limited by person, device and service client, without affecting others."""

from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth.errors import TooManyRequests
from service.identity.auth.limits import RequestLimits
from service.identity.auth.tokens import Principal
from tests import build
from tests.conftest import FakeClock, caller

PERSON, SYSTEM = Principal(UUID(int=1), None), Principal(UUID(int=2), UUID(int=3))


class FakeMonotonic:
    """A monotonic clock that the test moves, in seconds."""

    def __init__(self) -> None:
        self.s = 600.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def monotonic() -> FakeMonotonic:
    return FakeMonotonic()


@pytest.fixture
def limits(monotonic: FakeMonotonic) -> RequestLimits:
    return RequestLimits(Settings(requests_per_minute_person=10, requests_per_minute_device=6), monotonic)


def count_allowed(limits: RequestLimits, principal: Principal, requests: int) -> int:
    allowed = 0
    for _ in range(requests):
        try:
            limits.count(principal)
            allowed += 1
        except TooManyRequests:
            pass
    return allowed


def test_requests_per_minute_are_limited_by_person(limits: RequestLimits) -> None:
    assert count_allowed(limits, PERSON, 30) == 10
    assert count_allowed(limits, Principal(UUID(int=9), None), 30) == 10


def test_device_limit_is_lower_than_person_limit(limits: RequestLimits) -> None:
    devices = [Principal(PERSON.id, None, new_id()) for _ in range(3)]

    assert [count_allowed(limits, device, 30) for device in devices] == [6, 4, 0]


def test_service_client_limit_is_higher(limits: RequestLimits) -> None:
    assert count_allowed(limits, SYSTEM, 1000) == 1000


def test_burst_across_minute_boundary_is_limited(limits: RequestLimits, monotonic: FakeMonotonic) -> None:
    monotonic.s += 59
    before = count_allowed(limits, PERSON, 30)
    monotonic.s += 2

    assert (before, count_allowed(limits, PERSON, 30)) == (10, 0)


@pytest.mark.parametrize("at_s", [0, 1, 30, 59])
def test_request_after_retry_after_is_allowed(limits: RequestLimits, monotonic: FakeMonotonic, at_s: int) -> None:
    monotonic.s += at_s
    count_allowed(limits, PERSON, 10)

    with pytest.raises(TooManyRequests) as refused:
        limits.count(PERSON)
    monotonic.s += refused.value.facts["retry_after_s"]

    assert 1 <= refused.value.facts["retry_after_s"] <= 120
    limits.count(PERSON)


def test_counters_are_dropped_after_three_minutes(limits: RequestLimits, monotonic: FakeMonotonic) -> None:
    count_allowed(limits, PERSON, 10)
    monotonic.s += 180

    assert count_allowed(limits, PERSON, 30) == 10
    assert len(limits._counter._before) == 0


async def test_limited_http_request_returns_retry_after(
    settings: Settings, session: AsyncSession, clock: FakeClock
) -> None:
    person, other = await build.a_person(session), await build.a_person(session)
    await session.commit()
    resources = Resources.of(settings.model_copy(update={"requests_per_minute_person": 3}), clock)
    client = caller(create_app(resources), resources)

    phone = client.as_(person)
    answers = [await phone.get("/v1/visits") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "auth.too_many_requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 120
    assert (await client.as_(other).get("/v1/visits")).status_code == 200
    await resources.engine.dispose()
