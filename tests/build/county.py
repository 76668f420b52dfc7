"""A small county with one person per role, for tests of permissions."""

from dataclasses import dataclass

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests.build.rows import a_person, a_posting, an_organisation


@dataclass
class County:
    """county → town → community, and a second town. Administrator, officer and cadre belong to the town."""

    root: Organisation
    town: Organisation
    community: Organisation
    beside: Organisation
    administrator: Person
    officer: Person
    cadre: Person
    secretary: Person
    """The secretary of the community."""
    neighbour: Person
    """The administrator of the second town."""


async def somebody(session: AsyncSession, role: Role, organisation: Organisation) -> Person:
    """Create a person with a posting in this role."""
    person = await a_person(session, organisation_id=organisation.id)
    await a_posting(session, person, organisation, role)
    return person


@pytest.fixture
async def county(session: AsyncSession) -> County:
    root = await an_organisation(session)
    town, beside = await an_organisation(session, under=root), await an_organisation(session, under=root)
    community = await an_organisation(session, under=town, kind="residents_committee")
    result = County(
        root,
        town,
        community,
        beside,
        administrator=await somebody(session, Role.SYSTEM_ADMINISTRATOR, town),
        officer=await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, town),
        cadre=await somebody(session, Role.CADRE, town),
        secretary=await somebody(session, Role.COMMUNITY_SECRETARY, community),
        neighbour=await somebody(session, Role.SYSTEM_ADMINISTRATOR, beside),
    )
    await session.commit()
    return result


def access_log(settings: Settings, subject_id: object) -> list[tuple[str, str]]:
    """Return (action, actor id) of all log lines about a subject, oldest first."""
    with psycopg.connect(settings.owner_database_url) as connection:
        rows = connection.execute(
            "SELECT action, actor_id::text FROM access_log WHERE subject_id = %s ORDER BY id", [subject_id]
        ).fetchall()
    return [(action, actor) for action, actor in rows]
