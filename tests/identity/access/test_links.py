"""Rights granted by links: by kind, role, direction and time; never over two links."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.links import LINKS
from service.identity.access.permissions import ROLES, Reach, roles_with
from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller

SECOND = timedelta(seconds=1)
NEVER_GRANTED = (":write", ":reveal", ":look_up", ":decide", ":correct", ":set_up", ":receive", ":select")
GUIDES, MANAGES, EXCHANGES, BELONGS_TO = LinkKind


async def reachable_ids(session: AsyncSession, person: Person, permission: P, at: object = START) -> set[object]:
    actor = Actor(person.id, None, permission, at)  # type: ignore[arg-type]  # a datetime; object saves each test a cast
    return set((await (await session.connection()).execute(scope.reachable(actor))).scalars())


async def two_organisations(session: AsyncSession) -> tuple[Organisation, Organisation, Organisation]:
    """The organisation at the start of a link, the one at its end, and one below the end."""
    start, end = await build.an_organisation(session), await build.an_organisation(session)
    return start, end, await build.an_organisation(session, under=end)


@pytest.mark.parametrize(
    ("kind", "role", "permission", "is_granted"),
    [
        (GUIDES, Role.ORGAN_COMMITTEE_OFFICER, P.INSIGHT_DIGEST, True),
        (GUIDES, Role.ORGAN_COMMITTEE_OFFICER, P.INSIGHT_READ, False),
        (GUIDES, Role.ORGAN_COMMITTEE_OFFICER, P.VISIT_READ, False),
        (GUIDES, Role.CADRE, P.INSIGHT_DIGEST, False),
        (MANAGES, Role.ORGAN_COMMITTEE_OFFICER, P.VISIT_READ, True),
        (MANAGES, Role.ORGAN_COMMITTEE_OFFICER, P.PLACE_WRITE, True),
        (MANAGES, Role.ORGAN_COMMITTEE_OFFICER, P.DOSSIER_READ, False),
        (MANAGES, Role.ORGAN_COMMITTEE_OFFICER, P.POSTING_READ, False),
        (MANAGES, Role.DISPATCHER, P.PROBLEM_DISPATCH, True),
        (MANAGES, Role.DISPATCHER, P.PROBLEM_LOOK_UP, False),
        (MANAGES, Role.HANDLER, P.PROBLEM_READ, False),
        (MANAGES, Role.SYSTEM_ADMINISTRATOR, P.ORGANISATION_WRITE, False),
        (MANAGES, Role.SYSTEM_ADMINISTRATOR, P.POSTING_WRITE, False),
        (EXCHANGES, Role.ORGAN_COMMITTEE_OFFICER, P.VISIT_READ, False),
        (EXCHANGES, Role.ORGAN_COMMITTEE_OFFICER, P.INSIGHT_DIGEST, False),
        (BELONGS_TO, Role.ORGAN_COMMITTEE_OFFICER, P.VISIT_READ, True),
        (BELONGS_TO, Role.ORGAN_COMMITTEE_OFFICER, P.PROBLEM_READ, True),
        (BELONGS_TO, Role.ORGAN_COMMITTEE_OFFICER, P.PLACE_WRITE, False),
        (BELONGS_TO, Role.BRANCH_SECRETARY, P.PERSON_READ, False),
        (BELONGS_TO, Role.COMMUNITY_SECRETARY, P.VISIT_READ, False),
    ],
)
async def test_link_grants_in_its_direction_while_it_is_in_force(
    session: AsyncSession, kind: LinkKind, role: Role, permission: P, is_granted: bool
) -> None:
    start, end, below = await two_organisations(session)
    dates = {"valid_from": START, "valid_until": START + 2 * SECOND}
    await build.a_link(session, kind, start, end, **dates)
    person, opposite = await somebody(session, role, start), await somebody(session, role, end)
    granted_ids = {end.id, below.id}

    reached = [
        await reachable_ids(session, person, permission, START + number * SECOND) & granted_ids
        for number in (-1, 0, 1, 2)
    ]

    assert reached == [set(), granted_ids, granted_ids, set()] if is_granted else [set()] * 4
    assert start.id not in await reachable_ids(session, opposite, permission, START)


async def test_link_grants_only_at_its_start_and_only_over_one_link(session: AsyncSession) -> None:
    start, end, _ = await two_organisations(session)
    third = await build.an_organisation(session)
    above = await build.an_organisation(session)
    child, managing = (
        await build.an_organisation(session, under=start),
        await build.an_organisation(session, under=above),
    )
    await build.a_link(session, MANAGES, start, end)
    await build.a_link(session, MANAGES, end, third)
    await build.a_link(session, MANAGES, managing, third)
    people = [
        await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, organisation) for organisation in (start, child, above)
    ]

    reached = [await reachable_ids(session, person, P.VISIT_READ) & {end.id, third.id} for person in people]

    assert reached == [{end.id}, set(), set()]


async def test_link_grants_nothing_after_the_posting_ends(session: AsyncSession) -> None:
    start, end, _ = await two_organisations(session)
    await build.a_link(session, MANAGES, start, end)
    person = await build.a_person(session)
    await build.a_posting(session, person, start, Role.ORGAN_COMMITTEE_OFFICER, valid_until=START)

    before, after = [await reachable_ids(session, person, P.VISIT_READ, at) for at in (START - SECOND, START)]

    assert (end.id in before, after) == (True, set())


async def test_link_grants_nothing_to_service_client(session: AsyncSession) -> None:
    start, end, _ = await two_organisations(session)
    await build.a_link(session, MANAGES, start, end)
    client = Actor(new_id(), start.id, P.VISIT_READ, START)

    ids = (await (await session.connection()).execute(scope.reachable(client))).scalars().all()

    assert ids == [start.id]


def test_links_grant_no_access_to_contacts_dossiers_accounts_or_rights() -> None:
    granted = {permission for meaning in LINKS.values() for permission in meaning.grants}

    assert LINKS.keys() == set(LinkKind)
    assert {permission for permission in granted if permission.endswith(NEVER_GRANTED)} == {P.PLACE_WRITE}
    assert [p for p in granted if p.startswith(("dossier", "assessment", "person", "posting", "organisation:"))] == []
    assert all(roles_with(permission, Reach.SUBTREE) for permission in granted), (
        "granted by a link, but by no role with reach SUBTREE"
    )
    assert {p for grants in ROLES.values() for p in grants} > granted


async def test_managing_organisation_reads_visits_until_the_link_ends(
    api: Caller, county: County, session: AsyncSession
) -> None:
    place = await build.a_place(session, county.community)
    manager = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county.beside)
    link = await build.a_link(session, MANAGES, county.beside, county.town)
    root = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()
    url, signed_in = f"/v1/visits/{new_id()}", api.as_(manager)
    await api.as_(county.cadre).put(url, json={"place_id": str(place.id), "checked_in_at": START.isoformat()})

    during = await signed_in.get(url)
    ended = await api.as_(root).put(f"/v1/organisation-links/{link.id}/end", json={}, headers={"If-Match": '"1"'})
    after = await signed_in.get(url)

    assert (during.status_code, ended.status_code, after.status_code) == (200, 200, 404)
