"""What to read before going there: put up by the place's organisation, told in the briefing."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.ground.places.readings import AT_MOST
from service.ground.places.tables import PlaceReading
from tests import build
from tests.build.county import County
from tests.conftest import START, Caller

READING = {"title": "村情简介", "link": "https://example.com/village"}


async def url_of_a_place(session: AsyncSession, county: County) -> str:
    place = await build.a_place(session, county.community)
    await session.commit()
    return f"/v1/places/{place.id}"


async def read(phone: Caller, url: str) -> list[tuple[str, str]]:
    answer = await phone.get(f"{url}/briefing")
    return [(one["title"], one["link"]) for one in answer.json()["readings"]]


async def test_what_is_put_up_stands_in_the_briefing_until_it_is_taken_down(
    api: Caller, county: County, session: AsyncSession
) -> None:
    url = await url_of_a_place(session, county)
    secretary, cadre = api.as_(county.secretary), api.as_(county.cadre)

    added = await secretary.put(f"{url}/readings/{new_id()}", json=READING)
    assert await read(cadre, url) == [("村情简介", "https://example.com/village")]
    gone = [await secretary.delete(f"{url}/readings/{added.json()['id']}") for _ in range(2)]

    assert (added.status_code, [one.status_code for one in gone]) == (201, [204, 204])
    assert await read(cadre, url) == []


async def test_sent_twice_it_is_there_once(api: Caller, county: County, session: AsyncSession) -> None:
    url, reading_id = await url_of_a_place(session, county), new_id()
    secretary = api.as_(county.secretary)

    answers = [await secretary.put(f"{url}/readings/{reading_id}", json=READING) for _ in range(2)]
    other = await secretary.put(f"{url}/readings/{reading_id}", json=READING | {"title": "别的"})

    assert [answer.status_code for answer in (*answers, other)] == [201, 200, 409]
    assert len(await read(api.as_(county.cadre), url)) == 1


async def test_nobody_is_given_more_than_can_be_read(api: Caller, county: County, session: AsyncSession) -> None:
    url = await url_of_a_place(session, county)
    place_id = url.rsplit("/", 1)[1]
    for _ in range(AT_MOST):
        session.add(
            PlaceReading(
                id=new_id(), place_id=place_id, title="t", link="https://a.cn", added_at=START, request_fingerprint=b""
            )
        )
    await session.commit()

    answer = await api.as_(county.secretary).put(f"{url}/readings/{new_id()}", json=READING)

    assert (answer.status_code, answer.json()["code"]) == (409, "place_reading.too_many")
    assert len(await read(api.as_(county.cadre), url)) == AT_MOST


@pytest.mark.parametrize(
    "said",
    [{"link": "javascript:alert(1)"}, {"link": "村情"}, {"link": "https://a.cn/" + "x" * 600}, {"title": " "}],
)
async def test_what_is_no_link_is_refused(
    api: Caller, county: County, session: AsyncSession, said: dict[str, Any]
) -> None:
    url = await url_of_a_place(session, county)

    answer = await api.as_(county.secretary).put(f"{url}/readings/{new_id()}", json=READING | said)

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
