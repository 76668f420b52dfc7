"""The permission sweep of: ground."""

from service.foundation.settings import Settings
from tests.identity.access.sweep.check import check_answers, check_used_ids
from tests.identity.access.sweep.county import SweptCounty

FLOORS = ("ground",)


async def test_sweep_answers_match_permissions_and_refusals_write_nothing(
    swept: SweptCounty, settings: Settings
) -> None:
    await check_answers(swept, settings, *FLOORS)


async def test_create_with_id_of_other_organisation_is_refused(swept: SweptCounty, settings: Settings) -> None:
    await check_used_ids(swept, settings, *FLOORS)
