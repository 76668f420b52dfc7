"""Who may see a residence report: the member, and the organisation that received it."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from tests import build
from tests.conftest import Caller, FakeClock
from tests.residence.reports.conftest import URL, World, report_body


async def list_ids(caller: Caller, **params: str) -> list[str]:
    return [item["id"] for item in (await caller.get(URL, params=params)).json()["items"]]


async def test_report_is_visible_to_member_and_secretary_only(world: World, api: Caller, session: AsyncSession) -> None:
    url = await world.report()
    stranger = await build.a_person(session)
    await session.commit()

    for reader in (world.phone, world.secretary):
        assert (await reader.get(url)).status_code == 200
        assert await list_ids(reader) == [url[-36:]]
    for other in (world.secretary_elsewhere, api.as_(stranger)):
        assert (await other.get(url)).json()["code"] == "residence_report.not_found"
        assert await list_ids(other) == []


@pytest.mark.parametrize("role", [Role.CADRE, Role.SYSTEM_ADMINISTRATOR, Role.HANDLER])
async def test_report_is_hidden_from_other_roles_in_the_branch(
    world: World, api: Caller, session: AsyncSession, role: Role
) -> None:
    url = await world.report()
    colleague = await build.a_person(session)
    await build.a_posting(session, colleague, world.branch, role)
    await session.commit()

    assert (await api.as_(colleague).get(url)).status_code == 404


async def test_report_is_visible_to_service_client_of_the_branch(world: World, api: Caller) -> None:
    url = await world.report()

    own, other = (api.as_(world.member, organisation_id=branch.id) for branch in (world.branch, world.elsewhere))

    assert (await own.get(url)).status_code == 200
    assert (await other.get(url)).status_code == 404


async def test_report_contains_ids_and_no_names(world: World) -> None:
    url = await world.report()

    answer = await world.secretary.get(url)

    assert world.member.name not in answer.text
    assert answer.json()["person_id"] == str(world.member.id)


async def test_report_list_filters_by_state_and_organisation(world: World) -> None:
    ended = await world.report()
    await world.phone.put(f"{ended}/end", json={"reason": "迁出"}, headers={"If-Match": '"1"'})
    submitted = await world.report(world.elsewhere)

    assert await list_ids(world.phone, state="submitted") == [submitted[-36:]]
    assert await list_ids(world.phone, organisation_id=str(world.branch.id)) == [ended[-36:]]
    assert await list_ids(world.phone, organisation_id=str(world.branch.id), state="submitted") == []


async def test_report_list_is_newest_first_with_each_report_once(
    world: World, api: Caller, session: AsyncSession, clock: FakeClock
) -> None:
    for minutes in (1, 0, 0, 1):
        clock.move(minutes=minutes)
        member = await build.a_person(session)
        await session.commit()
        await api.as_(member).put(f"{URL}/{new_id()}", json=report_body(world.branch))

    reports: list[dict[str, str]] = []
    params: dict[str, str] = {}
    for _ in range(4):
        page = (await world.secretary.get(URL, params={"limit": "1"} | params)).json()
        reports += page["items"]
        params = {"cursor": page["next_cursor"]}

    assert page["next_cursor"] is None
    timestamps = [item["submitted_at"] for item in reports]
    assert len({item["id"] for item in reports}) == len(reports) == 4
    assert timestamps == sorted(timestamps, reverse=True)
