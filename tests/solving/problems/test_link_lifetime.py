"""The local rule for the lifetime of private links."""

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import FakeClock
from tests.solving.problems.conftest import World, raise_problem


@pytest.mark.parametrize(("days", "status"), [(59, 200), (61, 404)])
async def test_link_expires_by_the_local_rule_of_its_day(
    world: World, session: AsyncSession, clock: FakeClock, days: int, status: int
) -> None:
    city = (await session.exec(select(Organisation).where(Organisation.id == world.organ.parent_id))).one()
    await build.a_local_rule(session, city, RuleKey.PROBLEM_LINK_DAYS, 60)
    await session.commit()
    _, link = await raise_problem(world)
    later = {"number": 2, "value": 730, "recorded_at": clock(), "valid_from": clock().date()}
    await build.a_local_rule(session, city, RuleKey.PROBLEM_LINK_DAYS, **later)
    await session.commit()

    clock.move(days=days)
    page = await world.api.get(link)
    clock.move(days=-days)

    assert page.status_code == status
