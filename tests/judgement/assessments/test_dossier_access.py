"""Who may read a dossier, and who belongs to the population of a cycle."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.build.assessments import World
from tests.build.county import access_log, somebody
from tests.conftest import START


async def test_dossier_read_by_person_and_officer_is_logged(world: World, settings: Settings) -> None:
    url, person = await world.open_cycle(), world.county.cadre

    own = await world.dossier(url)
    by_officer = await world.dossier(url, person, world.officer)
    await world.officer.get(f"{url}/dossiers/{person.id}/indicators/problems_reopened/evidence")

    assert own["figures"] == by_officer["figures"]
    officer = str(world.county.officer.id)
    assert access_log(settings, person.id) == [
        ("dossier.read", str(person.id)),
        ("dossier.read", officer),
        ("dossier.evidence_read", officer),
    ]


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_dossier_is_not_found_by_anybody_else(world: World, is_frozen: bool) -> None:
    url = await (world.freeze_cycle() if is_frozen else world.open_cycle())
    path = f"{url}/dossiers/{world.county.cadre.id}"

    for caller in (world.stranger, world.personnel, world.api.as_(world.county.secretary)):
        for address in (path, f"{path}/indicators/problems_reopened/evidence"):
            answer = await caller.get(address)
            assert (answer.status_code, answer.json()["code"]) == (404, "dossier.not_found")
    assert (await world.api.get(path)).status_code == 401


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_dossier_of_a_person_outside_the_population_is_not_found(world: World, is_frozen: bool) -> None:
    url = await (world.freeze_cycle() if is_frozen else world.open_cycle())
    secretary = world.county.secretary

    by_officer = await world.officer.get(f"{url}/dossiers/{secretary.id}")
    own = await world.api.as_(secretary).get(f"{url}/dossiers/{secretary.id}")
    nobody = await world.officer.get(f"{url}/dossiers/{new_id()}")

    codes = [(answer.status_code, answer.json()["code"]) for answer in (by_officer, own, nobody)]
    assert codes == [(404, "dossier.not_found")] * 3


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "is_member"),
    [
        (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 16, tzinfo=UTC), False),
        (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 16, 0, 1, tzinfo=UTC), True),
        (START - timedelta(days=1), None, True),
        (START - timedelta(days=1), START - timedelta(days=1), False),
        (START + timedelta(days=1), None, False),
    ],
)
async def test_population_contains_persons_with_a_posting_in_the_span(
    world: World, session: AsyncSession, valid_from: datetime, valid_until: datetime | None, is_member: bool
) -> None:
    person = await build.a_person(session)
    period = {"valid_from": valid_from, "valid_until": valid_until}
    await build.a_posting(session, person, world.county.community, Role.CADRE, **period)
    await session.commit()

    answer = await world.officer.get(f"{await world.open_cycle()}/dossiers/{person.id}")

    assert answer.status_code == (200 if is_member else 404), answer.text


async def test_population_excludes_persons_of_neighbouring_organisations(world: World, session: AsyncSession) -> None:
    beside = await somebody(session, Role.CADRE, world.county.beside)
    await session.commit()

    answer = await world.officer.get(f"{await world.open_cycle()}/dossiers/{beside.id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "dossier.not_found")


async def test_unknown_cycle_or_indicator_is_not_found(world: World) -> None:
    url, person_id = await world.open_cycle(), world.county.cadre.id

    no_cycle = await world.cadre.get(f"/v1/assessment-cycles/{new_id()}/dossiers/{person_id}")
    no_figure = await world.cadre.get(f"{url}/dossiers/{person_id}/indicators/login_days/evidence")

    assert (no_cycle.status_code, no_cycle.json()["code"]) == (404, "assessment_cycle.not_found")
    assert (no_figure.status_code, no_figure.json()["code"]) == (404, "indicator.not_found")
