"""What was proposed before middles were coarse, and the fences made of it, hold nobody's position afterwards."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import ProposalState
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.places.tables import FenceProposal
from tests import build
from tests.conftest import ROOT, START

DESK = "SRID=4326;POINT(118.79725 32.06025)"
DRAWN = "SRID=4326;POINT(118.8125 32.0703)"
AWAY = sa.text(
    "SELECT round(ST_Distance(proposal.middle, ST_GeogFromText(:desk))) AS middle_m, ST_AsText(fence.area) AS area,"
    " ST_AsText(proposal.middle) AS middle FROM fence_proposal AS proposal JOIN fence ON fence.id = fence_id"
    " ORDER BY proposal.made_at"
)


async def test_a_middle_at_a_desk_moves_with_its_fence_and_a_circle_drawn_instead_stays(
    session: AsyncSession, settings: Settings
) -> None:
    for days, drawn in enumerate((DESK, DRAWN)):
        place = await build.a_place(session, await build.an_organisation(session))
        fence = await build.a_circle(session, place)
        fence.area = drawn
        proposal = FenceProposal(
            id=new_id(),
            place_id=place.id,
            middle=DESK,
            radius_m=50,
            check_ins=9,
            persons=3,
            made_at=START + timedelta(days=days),
            state=ProposalState.ACCEPTED,
            decided_by=(await build.a_person(session)).id,
            decided_at=START + timedelta(days=days),
            fence_id=fence.id,
        )
        session.add(proposal)
        await session.flush()
    await session.commit()
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["url"] = settings.owner_database_url

    await asyncio.to_thread(command.downgrade, config, "help_given")
    await asyncio.to_thread(command.upgrade, config, "head")

    rows = (await (await session.connection()).execute(AWAY, {"desk": DESK})).all()
    assert all(row.middle_m > 30 for row in rows)
    assert [row.area for row in rows] == [rows[0].middle, "POINT(118.8125 32.0703)"]
