"""Conflict of interest over links: a unit and its Party organisations count as one side."""

from datetime import datetime, timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller, FakeClock
from tests.solving.problems.conftest import World, move_problem, raise_problem

BELONGS_TO, DAY = LinkKind.BELONGS_TO, timedelta(days=1)


async def a_party_branch(session: AsyncSession, world: World) -> Organisation:
    """A Party branch that is not linked yet."""
    committee = await build.an_organisation(session, family=Family.PARTY, kind=OrganisationKind.LOCAL_COMMITTEE)
    return await build.an_organisation(session, under=committee, family=Family.PARTY, kind=OrganisationKind.BRANCH)


async def reader_with_posting_at(session: AsyncSession, world: World, organisation: Organisation) -> Caller:
    """A person who may read the problems of the raiser and also has a posting in this organisation."""
    person = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.organ)
    await build.a_posting(session, person, organisation, Role.CADRE)
    return world.api.as_(person)


@pytest.mark.parametrize("named_side", ["unit", "branch"])
async def test_accusation_of_one_linked_organisation_bars_both_and_those_below(
    world: World, session: AsyncSession, named_side: str
) -> None:
    branch, unit = await a_party_branch(session, world), world.owner
    group = await build.an_organisation(session, under=branch, family=Family.PARTY, kind=OrganisationKind.PARTY_GROUP)
    office = await build.an_organisation(session, under=unit)
    await build.a_link(session, BELONGS_TO, branch, unit)
    barred = [
        await reader_with_posting_at(session, world, organisation) for organisation in (branch, group, unit, office)
    ]
    await session.commit()
    accused = unit if named_side == "unit" else branch

    url, _ = await raise_problem(world, category_code="other", accused_ids=[str(accused.id)])

    assert [(await client.get(url)).status_code for client in barred] == [404] * 4
    assert (await world.phone.get(url)).status_code == 200
    for target in (branch, group, unit, office):
        answer = await move_problem(world.desk, url, "owner", {"organisation_id": str(target.id)})
        assert answer.json()["code"] == "problem.dispatch_to_accused"


async def test_accusation_bars_the_branch_linked_to_an_office_below(world: World, session: AsyncSession) -> None:
    branch = await a_party_branch(session, world)
    office = await build.an_organisation(session, under=world.owner)
    await build.a_link(session, BELONGS_TO, branch, office)
    barred = await reader_with_posting_at(session, world, branch)
    await session.commit()

    url, _ = await raise_problem(world, category_code="other", accused_ids=[str(world.owner.id)])

    assert (await barred.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "since", "until", "status"),
    [
        (LinkKind.BELONGS_TO, START - DAY, START - timedelta(seconds=1), 200),
        (LinkKind.BELONGS_TO, START - DAY, START + timedelta(seconds=1), 404),
        (LinkKind.BELONGS_TO, START + DAY, None, 404),
        (LinkKind.EXCHANGES, START - DAY, None, 200),
        (LinkKind.MANAGES, START - DAY, None, 200),
    ],
)
async def test_link_bars_unless_it_ended_before_the_accusation(
    world: World,
    session: AsyncSession,
    clock: FakeClock,
    kind: LinkKind,
    since: datetime,
    until: datetime | None,
    status: int,
) -> None:
    branch = await a_party_branch(session, world)
    await build.a_link(session, kind, branch, world.owner, valid_from=since, valid_until=until)
    reader = await reader_with_posting_at(session, world, branch)
    await session.commit()
    url, _ = await raise_problem(world, category_code="other", accused_ids=[str(world.owner.id)])

    clock.move(seconds=2)  # a link that ended after the accusation still bars
    answer = await reader.get(url)
    clock.move(seconds=-2)

    assert answer.status_code == status


async def test_closing_the_accused_bars_its_successor(world: World, session: AsyncSession) -> None:
    city = await session.get(Organisation, world.organ.parent_id)
    assert city
    accused, successor = [await build.an_organisation(session, under=city) for _ in range(2)]
    administrator = world.api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, city))
    await session.commit()
    url, _ = await raise_problem(world, category_code="other", accused_ids=[str(accused.id)])

    closed = await administrator.put(
        f"/v1/organisations/{accused.id}/closure",
        json={"successor_id": str(successor.id)},
        headers={"If-Match": '"1"'},
    )

    assert closed.status_code == 200, closed.text
    barred = await reader_with_posting_at(session, world, successor)
    await session.commit()
    assert (await barred.get(url)).status_code == 404
    answer = await move_problem(world.desk, url, "owner", {"organisation_id": str(successor.id)})
    assert answer.json()["code"] == "problem.dispatch_to_accused"
