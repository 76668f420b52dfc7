"""From when on the place may speak of a contact is a local rule of the organisation that keeps it."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from tests import build
from tests.ground.conftest import BASED_ON_1, World


@pytest.mark.parametrize(("days", "status"), [(30, 200), (29, 409)])
async def test_the_place_speaks_from_the_days_on_that_were_set(
    world: World, session: AsyncSession, days: int, status: int
) -> None:
    await build.a_local_rule(session, world.bureau, RuleKey.CONTACT_POINT_OPINION_DAYS, days)
    await session.commit()
    url = await world.started(ends_on="2026-12-22")

    answer = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers=BASED_ON_1)

    assert answer.status_code == status
