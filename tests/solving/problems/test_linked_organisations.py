"""A unit and the Party organisations that belong to it are one side: naming either withholds from both."""

from datetime import datetime, timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller, FakeClock
from tests.solving.problems.conftest import World, do, raised

ACCUSED, DAY = LinkKind.BELONGS_TO, timedelta(days=1)


async def an_owners_branch(session: AsyncSession, world: World) -> Organisation:
    """A Party branch, with a group below; not yet linked."""
    committee = await build.an_organisation(session, family=Family.PARTY, kind=OrganisationKind.LOCAL_COMMITTEE)
    return await build.an_organisation(session, under=committee, family=Family.PARTY, kind=OrganisationKind.BRANCH)


async def who_also_sees(session: AsyncSession, world: World, organisation: Organisation) -> Caller:
    """Somebody who would see the raiser's problems, and is also posted there."""
    person = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.organ)
    await build.a_posting(session, person, organisation, Role.CADRE)
    return world.api.as_(person)


@pytest.mark.parametrize("named", ["unit", "branch"])
async def test_naming_one_withholds_from_both_and_from_what_lies_below(
    world: World, session: AsyncSession, named: str
) -> None:
    branch, unit = await an_owners_branch(session, world), world.owner
    group = await build.an_organisation(session, under=branch, family=Family.PARTY, kind=OrganisationKind.PARTY_GROUP)
    office = await build.an_organisation(session, under=unit)
    await build.a_link(session, ACCUSED, branch, unit)
    kept_out = [await who_also_sees(session, world, one) for one in (branch, group, unit, office)]
    await session.commit()
    accused = unit if named == "unit" else branch

    url, _ = await raised(world, category_code="other", accused_ids=[str(accused.id)])

    assert [(await one.get(url)).status_code for one in kept_out] == [404] * 4
    assert (await world.phone.get(url)).status_code == 200
    for target in (branch, group, unit, office):
        answer = await do(world.desk, url, "owner", {"organisation_id": str(target.id)})
        assert answer.json()["code"] == "problem.dispatch_to_accused"


async def test_the_branch_of_what_lies_below_the_accused_is_kept_out_too(world: World, session: AsyncSession) -> None:
    branch = await an_owners_branch(session, world)
    office = await build.an_organisation(session, under=world.owner)
    await build.a_link(session, ACCUSED, branch, office)
    kept_out = await who_also_sees(session, world, branch)
    await session.commit()

    url, _ = await raised(world, category_code="other", accused_ids=[str(world.owner.id)])

    assert (await kept_out.get(url)).status_code == 404


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
async def test_a_link_withholds_unless_it_ended_before_the_accusation(
    world: World,
    session: AsyncSession,
    clock: FakeClock,
    kind: LinkKind,
    since: datetime,
    until: datetime | None,
    status: int,
) -> None:
    branch = await an_owners_branch(session, world)
    await build.a_link(session, kind, branch, world.owner, valid_from=since, valid_until=until)
    reader = await who_also_sees(session, world, branch)
    await session.commit()
    url, _ = await raised(world, category_code="other", accused_ids=[str(world.owner.id)])

    clock.move(seconds=2)  # a link that ended in the meantime opens nothing
    answer = await reader.get(url)
    clock.move(seconds=-2)

    assert answer.status_code == status


async def test_closing_the_accused_hands_the_accusation_to_nobody_of_its_successor(
    world: World, session: AsyncSession
) -> None:
    city = await session.get(Organisation, world.organ.parent_id)
    assert city
    accused, successor = [await build.an_organisation(session, under=city) for _ in range(2)]
    administrator = world.api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, city))
    await session.commit()
    url, _ = await raised(world, category_code="other", accused_ids=[str(accused.id)])

    closed = await administrator.put(
        f"/v1/organisations/{accused.id}/closure",
        json={"successor_id": str(successor.id)},
        headers={"If-Match": '"1"'},
    )

    assert closed.status_code == 200, closed.text
    kept_out = await who_also_sees(session, world, successor)
    await session.commit()
    assert (await kept_out.get(url)).status_code == 404
    answer = await do(world.desk, url, "owner", {"organisation_id": str(successor.id)})
    assert answer.json()["code"] == "problem.dispatch_to_accused"
