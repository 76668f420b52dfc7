"""A dump of the whole database contains no position without consent, in any form."""

import struct
import subprocess

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World


def _forms(degrees: float) -> set[str]:
    """Forms of a number in a dump: text, and the bytes in a geography (little-endian, big-endian)."""
    return {str(degrees), struct.pack("<d", degrees).hex().upper(), struct.pack(">d", degrees).hex().upper()}


def _dump_database(settings: Settings) -> str:
    command = ["pg_dump", "--data-only", "--exclude-table=spatial_ref_sys", settings.owner_database_url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.upper()


@pytest.mark.parametrize("has_consented", [False, True])
async def test_dump_contains_a_position_only_with_consent(
    world: World, session: AsyncSession, clock: FakeClock, settings: Settings, has_consented: bool
) -> None:
    if has_consented:
        await build.a_consent(session, world.cadre)
        await session.commit()
    longitude_deg, latitude_deg = (118.79712345, 32.06054321) if has_consented else (118.79698765, 32.06011223)
    at = clock().isoformat()
    position = {"longitude_deg": longitude_deg, "latitude_deg": latitude_deg, "accuracy_m": 9, "datum": "wgs84"}
    body = {"place_id": str(world.place.id), "checked_in_at": at, "position": position | {"captured_at": at}}

    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)
    text = _dump_database(settings)

    assert (answer.status_code, answer.json()["presence"]) == (201, "verified")
    forms = {form for degrees in (longitude_deg, latitude_deg) for form in _forms(degrees) if form in text}
    assert bool(forms) is has_consented
    assert str(world.cadre.id).upper() in text
