"""Nightly jobs of people."""

from service.foundation.db import transaction
from service.foundation.manifest.handlers import JobTools
from service.identity.people import consents

BATCH_SIZE = 500


async def lapse_consents(tools: JobTools) -> None:
    """End consents on older notices after their last day, 500 in each transaction."""
    lapsed = BATCH_SIZE
    while lapsed == BATCH_SIZE:
        async with transaction(tools.engine) as session:
            lapsed = await consents.lapse(session, tools.clock(), BATCH_SIZE)
