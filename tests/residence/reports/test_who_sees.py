"""Who sees a residence report: the member, and the organisation it was made to."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from tests import build
from tests.conftest import Caller, FakeClock
from tests.residence.reports.conftest import URL, World, to


async def ids(caller: Caller, **asked: str) -> list[str]:
    return [item["id"] for item in (await caller.get(URL, params=asked)).json()["items"]]


async def test_both_sides_see_it_and_nobody_else(world: World, api: Caller, session: AsyncSession) -> None:
    url = await world.report()
    stranger = await build.a_person(session)
    await session.commit()

    for seer in (world.phone, world.secretary):
        assert (await seer.get(url)).status_code == 200
        assert await ids(seer) == [url[-36:]]
    for other in (world.secretary_elsewhere, api.as_(stranger)):
        assert (await other.get(url)).json()["code"] == "residence_report.not_found"
        assert await ids(other) == []


@pytest.mark.parametrize("role", [Role.CADRE, Role.SYSTEM_ADMINISTRATOR, Role.HANDLER])
async def test_a_posting_in_the_branch_alone_shows_nothing(
    world: World, api: Caller, session: AsyncSession, role: Role
) -> None:
    url = await world.report()
    colleague = await build.a_person(session)
    await build.a_posting(session, colleague, world.branch, role)
    await session.commit()

    assert (await api.as_(colleague).get(url)).status_code == 404


async def test_the_organisations_own_system_reads_it(world: World, api: Caller) -> None:
    url = await world.report()

    ours, theirs = (api.as_(world.member, organisation_id=one.id) for one in (world.branch, world.elsewhere))

    assert (await ours.get(url)).status_code == 200
    assert (await theirs.get(url)).status_code == 404


async def test_what_is_read_holds_ids_and_no_name(world: World) -> None:
    url = await world.report()

    answer = await world.secretary.get(url)

    assert world.member.name not in answer.text
    assert answer.json()["person_id"] == str(world.member.id)


async def test_the_list_can_be_narrowed(world: World) -> None:
    ended = await world.report()
    await world.phone.put(f"{ended}/end", json={"reason": "迁出"}, headers={"If-Match": '"1"'})
    waiting = await world.report(world.elsewhere)

    assert await ids(world.phone, state="submitted") == [waiting[-36:]]
    assert await ids(world.phone, organisation_id=str(world.branch.id)) == [ended[-36:]]
    assert await ids(world.phone, organisation_id=str(world.branch.id), state="submitted") == []


async def test_the_list_runs_newest_first_and_shows_each_once(
    world: World, api: Caller, session: AsyncSession, clock: FakeClock
) -> None:
    for minutes in (1, 0, 0, 1):
        clock.move(minutes=minutes)
        member = await build.a_person(session)
        await session.commit()
        await api.as_(member).put(f"{URL}/{new_id()}", json=to(world.branch))

    shown: list[dict[str, str]] = []
    params: dict[str, str] = {}
    for _ in range(4):
        page = (await world.secretary.get(URL, params={"limit": "1"} | params)).json()
        shown += page["items"]
        params = {"cursor": page["next_cursor"]}

    assert page["next_cursor"] is None
    moments = [item["submitted_at"] for item in shown]
    assert len({item["id"] for item in shown}) == len(shown) == 4
    assert moments == sorted(moments, reverse=True)
