"""What the worker does about people at night."""

from service.foundation.db import transaction
from service.foundation.manifest.handlers import JobTools
from service.identity.people import consents

AT_ONCE = 500


async def lapse_consents(tools: JobTools) -> None:
    """End the consents on older notices whose last day is over, 500 in each transaction."""
    lapsed = AT_ONCE
    while lapsed == AT_ONCE:
        async with transaction(tools.engine) as session:
            lapsed = await consents.lapse(session, tools.clock(), AT_ONCE)
