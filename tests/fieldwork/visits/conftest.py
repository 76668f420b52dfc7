"""A cadre of an organ, and a community with a fence."""

from dataclasses import dataclass

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.ground.places.tables import Place
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import Caller


@dataclass
class World:
    cadre: Person
    organ: Organisation
    community: Organisation
    place: Place
    phone: Caller


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    organ = await build.an_organisation(session)
    community = await build.an_organisation(session, kind="residents_committee")
    cadre = await build.a_person(session)
    await build.a_posting(session, cadre, organ, Role.CADRE)
    place = await build.a_place(session, community)
    await build.a_circle(session, place)
    await session.commit()
    return World(cadre, organ, community, place, api.as_(cadre))
