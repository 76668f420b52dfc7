"""Readings of a place: kept by its organisation, shown in the briefing."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.ground.places.readings import MAX_READINGS
from service.ground.places.tables import PlaceReading
from tests import build
from tests.build.county import County
from tests.conftest import START, Caller

READING = {"title": "村情简介", "link": "https://example.com/village"}


async def create_place_url(session: AsyncSession, county: County) -> str:
    place = await build.a_place(session, county.community)
    await session.commit()
    return f"/v1/places/{place.id}"


async def briefing_readings(phone: Caller, url: str) -> list[tuple[str, str]]:
    answer = await phone.get(f"{url}/briefing")
    return [(reading["title"], reading["link"]) for reading in answer.json()["readings"]]


async def test_reading_is_in_briefing_until_it_is_removed(api: Caller, county: County, session: AsyncSession) -> None:
    url = await create_place_url(session, county)
    secretary, cadre = api.as_(county.secretary), api.as_(county.cadre)

    added = await secretary.put(f"{url}/readings/{new_id()}", json=READING)
    assert await briefing_readings(cadre, url) == [("村情简介", "https://example.com/village")]
    removals = [await secretary.delete(f"{url}/readings/{added.json()['id']}") for _ in range(2)]

    assert (added.status_code, [answer.status_code for answer in removals]) == (201, [204, 204])
    assert await briefing_readings(cadre, url) == []


async def test_reading_repeated_request_adds_one_reading(api: Caller, county: County, session: AsyncSession) -> None:
    url, reading_id = await create_place_url(session, county), new_id()
    secretary = api.as_(county.secretary)

    answers = [await secretary.put(f"{url}/readings/{reading_id}", json=READING) for _ in range(2)]
    other = await secretary.put(f"{url}/readings/{reading_id}", json=READING | {"title": "别的"})

    assert [answer.status_code for answer in (*answers, other)] == [201, 200, 409]
    assert len(await briefing_readings(api.as_(county.cadre), url)) == 1


async def test_reading_above_the_limit_is_refused(api: Caller, county: County, session: AsyncSession) -> None:
    url = await create_place_url(session, county)
    place_id = url.rsplit("/", 1)[1]
    for _ in range(MAX_READINGS):
        session.add(
            PlaceReading(
                id=new_id(), place_id=place_id, title="t", link="https://a.cn", added_at=START, request_fingerprint=b""
            )
        )
    await session.commit()

    answer = await api.as_(county.secretary).put(f"{url}/readings/{new_id()}", json=READING)

    assert (answer.status_code, answer.json()["code"]) == (409, "place_reading.too_many")
    assert len(await briefing_readings(api.as_(county.cadre), url)) == MAX_READINGS


@pytest.mark.parametrize(
    "changes",
    [{"link": "javascript:alert(1)"}, {"link": "村情"}, {"link": "https://a.cn/" + "x" * 600}, {"title": " "}],
)
async def test_reading_with_invalid_link_or_title_is_refused(
    api: Caller, county: County, session: AsyncSession, changes: dict[str, Any]
) -> None:
    url = await create_place_url(session, county)

    answer = await api.as_(county.secretary).put(f"{url}/readings/{new_id()}", json=READING | changes)

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
