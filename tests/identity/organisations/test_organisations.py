"""Create and list organisations."""

import asyncio
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County
from tests.conftest import Caller


def new_url() -> str:
    return f"/v1/organisations/{new_id()}"


def creation_body(county: County, **fields: Any) -> dict[str, Any]:
    return {"family": "unit", "kind": "organ", "name": "民政局", "parent_id": str(county.town.id)} | fields


async def test_organisation_sent_twice_is_created_once(api: Caller, county: County, session: AsyncSession) -> None:
    url, signed_in = new_url(), api.as_(county.administrator)

    first, second = (
        await signed_in.put(url, json=creation_body(county)),
        await signed_in.put(url, json=creation_body(county)),
    )

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.headers["etag"] == '"1"'
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_concurrent_creations_with_one_id_make_one_row(
    api: Caller, county: County, session: AsyncSession
) -> None:
    url, signed_in = new_url(), api.as_(county.administrator)

    answers = await asyncio.gather(*(signed_in.put(url, json=creation_body(county)) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_creation_with_used_id_and_other_content_is_refused(api: Caller, county: County) -> None:
    url, signed_in = new_url(), api.as_(county.administrator)
    await signed_in.put(url, json=creation_body(county))

    answer = await signed_in.put(url, json=creation_body(county, name="教育局"))

    assert (answer.status_code, answer.json()["code"]) == (409, "id.content_differs")
    assert (await signed_in.get(url)).json()["name"] == "民政局"


async def test_creation_with_id_of_foreign_organisation_returns_404(api: Caller, county: County) -> None:
    url = new_url()
    await api.as_(county.administrator).put(url, json=creation_body(county))

    answer = await api.as_(county.neighbour).put(url, json=creation_body(county, parent_id=str(county.beside.id)))

    assert answer.status_code == 404


async def test_creation_below_parent_out_of_reach_returns_404(
    api: Caller, county: County, session: AsyncSession
) -> None:
    before = await build.count(session, Organisation)

    by_neighbour = await api.as_(county.neighbour).put(new_url(), json=creation_body(county))
    parent_above = await api.as_(county.administrator).put(
        new_url(), json=creation_body(county, parent_id=str(county.root.id))
    )
    unknown_parent = await api.as_(county.administrator).put(
        new_url(), json=creation_body(county, parent_id=str(new_id()))
    )

    assert {answer.status_code for answer in (by_neighbour, parent_above, unknown_parent)} == {404}
    assert {answer.json()["code"] for answer in (by_neighbour, parent_above, unknown_parent)} == {
        "organisation.not_found"
    }
    assert await build.count(session, Organisation) == before


async def test_creation_without_permission_returns_403(api: Caller, county: County) -> None:
    for person in (county.officer, county.cadre):
        answer = await api.as_(person).put(new_url(), json=creation_body(county))

        assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")
        assert answer.json()["facts"] == {"permission": "organisation:write"}


async def test_creation_below_parent_of_other_family_is_refused(api: Caller, county: County) -> None:
    answer = await api.as_(county.administrator).put(
        new_url(), json=creation_body(county, family="party", kind="branch")
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation.parent_of_other_family")


async def test_unknown_division_is_refused(api: Caller, county: County) -> None:
    signed_in, body = api.as_(county.administrator), {"name": "民政局", "division_code": "990000"}

    created = await signed_in.put(new_url(), json=creation_body(county, division_code="990000"))
    changed = await signed_in.put(
        f"/v1/organisations/{county.town.id}/description", json=body, headers={"If-Match": '"1"'}
    )

    for answer in (created, changed):
        assert (answer.status_code, answer.json()["code"]) == (422, "organisation.division_unknown")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "nul\x00inside"])
async def test_invalid_name_is_refused(api: Caller, county: County, name: str) -> None:
    answer = await api.as_(county.administrator).put(new_url(), json=creation_body(county, name=name))

    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == ["body.name"]


async def test_organisations_list_filters_by_parent_and_family(
    api: Caller, county: County, session: AsyncSession
) -> None:
    party = await build.an_organisation(session, family="party", kind="branch")
    await session.commit()
    cadre = api.as_(county.cadre)

    below = await cadre.get("/v1/organisations", params={"parent_id": str(county.root.id)})
    of_party = await cadre.get("/v1/organisations", params={"family": "party"})

    assert {item["id"] for item in below.json()["items"]} == {str(county.town.id), str(county.beside.id)}
    assert [item["id"] for item in of_party.json()["items"]] == [str(party.id)]
