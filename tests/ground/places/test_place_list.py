"""The list of places: newest first, each place exactly once, also with equal timestamps."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from tests import build
from tests.build.county import County
from tests.build.rows import LONG_AGO
from tests.conftest import Caller


async def list_pages(caller: Caller, **params: Any) -> list[list[str]]:
    """Return the ids of the places, page by page."""
    pages: list[list[str]] = []
    while len(pages) < 20:
        page = (await caller.get("/v1/places", params=params)).json()
        pages.append([item["id"] for item in page["items"]])
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
async def test_place_list_with_equal_timestamps_has_each_place_once(
    api: Caller, county: County, session: AsyncSession, limit: int
) -> None:
    timestamps = [LONG_AGO] * 5 + [LONG_AGO + timedelta(microseconds=1)] * 2
    places = [await build.a_place(session, county.community, created_at=at) for at in timestamps]
    await session.commit()
    newest_first = [str(place.id) for place in sorted(places, key=lambda p: (p.created_at, p.id), reverse=True)]

    pages = await list_pages(api.as_(county.cadre), organisation_id=str(county.community.id), limit=limit)

    assert [place_id for page in pages for place_id in page] == newest_first
    assert {len(page) for page in pages[:-1]} <= {limit}


async def test_place_list_full_last_page_has_no_cursor(api: Caller, county: County, session: AsyncSession) -> None:
    for _ in range(4):
        await build.a_place(session, county.community)
    await session.commit()

    pages = await list_pages(api.as_(county.cadre), organisation_id=str(county.community.id), limit=2)

    assert [len(page) for page in pages] == [2, 2]


async def test_place_list_is_stable_when_place_is_created_between_pages(
    api: Caller, county: County, session: AsyncSession
) -> None:
    first, second = await build.a_place(session, county.community), await build.a_place(session, county.community)
    await session.commit()
    cadre, params = api.as_(county.cadre), {"organisation_id": str(county.community.id), "limit": "1"}
    page = (await cadre.get("/v1/places", params=params)).json()
    await build.a_place(session, county.community, created_at=LONG_AGO + timedelta(days=1))
    await session.commit()

    rest = (await cadre.get("/v1/places", params=params | {"cursor": page["next_cursor"]})).json()

    assert [page["items"][0]["id"], rest["items"][0]["id"]] == sorted([str(first.id), str(second.id)], reverse=True)
    assert rest["next_cursor"] is None


async def test_place_list_filters_by_kind_and_organisation(api: Caller, county: County, session: AsyncSession) -> None:
    village = await build.a_place(session, county.community, kind="village")
    await build.a_place(session, county.community, kind="enterprise")
    await build.a_place(session, county.beside, kind="village")
    await session.commit()

    pages = await list_pages(api.as_(county.cadre), organisation_id=str(county.community.id), kind="village")

    assert pages == [[str(village.id)]]
