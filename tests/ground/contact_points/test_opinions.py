"""The opinion of the place: who may give it, when, and only once."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from schemas.identity.organisations import Role
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import FakeClock
from tests.ground.conftest import BASED_ON_1, World, refusal


async def test_opinion_near_end_of_term_is_accepted_from_place_only(world: World, clock: FakeClock) -> None:
    url = await world.start(ends_on="2027-01-31")
    opinion = {"opinion": "常来，办成了停车棚。"}

    early = await world.host.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    clock.move(days=60)
    accepted = await world.host.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    by_officer = await world.officer.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    clock.move(days=-60)

    assert refusal(early) == (409, "contact_point.too_early_for_opinion")
    assert (accepted.status_code, accepted.json()["opinion"]) == (200, opinion["opinion"])
    assert refusal(by_officer) == (403, "access.not_permitted")


async def test_opinion_given_before_cannot_be_changed(world: World) -> None:
    url = await world.start(ends_on="2026-11-30")

    accepted = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers=BASED_ON_1)
    again = await world.host.put(f"{url}/opinion", json={"opinion": " 常来 "}, headers=BASED_ON_1)
    changed = await world.host.put(f"{url}/opinion", json={"opinion": "没来过"}, headers={"If-Match": '"2"'})

    assert (accepted.status_code, again.status_code, again.json()) == (200, 200, accepted.json())
    assert refusal(changed) == (409, "contact_point.opinion_already_given")
    assert "2026-11-22" in changed.text
    assert (await world.host.get(url)).json()["opinion"] == "常来"


@pytest.mark.parametrize("opinion", ["", "  "])
async def test_opinion_without_text_is_refused(world: World, opinion: str) -> None:
    url = await world.start(ends_on="2026-11-30")

    refused = await world.host.put(f"{url}/opinion", json={"opinion": opinion}, headers=BASED_ON_1)

    assert refusal(refused) == (422, "request.invalid")


@pytest.mark.parametrize(("days", "expected"), [(365, 200), (366, 409)])
async def test_opinion_is_accepted_until_one_year_after_the_end(
    world: World, clock: FakeClock, days: int, expected: int
) -> None:
    url = await world.start()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    clock.move(days=days)
    answer = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers={"If-Match": '"2"'})
    clock.move(days=-days)

    assert answer.status_code == expected
    assert answer.json().get("code") == (None if expected == 200 else "contact_point.too_late_for_opinion")


async def test_opinion_by_leader_who_also_serves_at_the_place_is_refused(world: World, session: AsyncSession) -> None:
    url = await world.start()
    community = await session.get_one(Organisation, world.place.organisation_id)
    await build.a_posting(session, world.leader, community, Role.COMMUNITY_SECRETARY)
    await session.commit()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    refused = await world.leader_phone.put(
        f"{url}/opinion", json={"opinion": "我自己很满意"}, headers={"If-Match": '"2"'}
    )

    assert refusal(refused) == (403, "access.not_permitted")


@pytest.mark.parametrize(("days", "status"), [(30, 200), (29, 409)])
async def test_opinion_is_accepted_from_the_days_set_by_local_rule(
    world: World, session: AsyncSession, days: int, status: int
) -> None:
    await build.a_local_rule(session, world.bureau, RuleKey.CONTACT_POINT_OPINION_DAYS, days)
    await session.commit()
    url = await world.start(ends_on="2026-12-22")

    answer = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers=BASED_ON_1)

    assert answer.status_code == status
