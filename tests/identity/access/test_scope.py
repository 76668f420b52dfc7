"""The organisations that postings and service clients reach."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import CLIENT_PERMISSIONS, EVERY_CLIENT, EVERYBODY, ROLES, Permission, Reach
from service.identity.access.roles import ROLE_DEFINITIONS
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller, FakeClock

ADMINISTRATORS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)


async def reached_names(session: AsyncSession, county: County, actor: Actor) -> set[str]:
    """The attributes of `County` whose organisations the actor reaches."""
    connection = await session.connection()
    ids = set((await connection.execute(scope.reachable(actor))).scalars())
    return {name for name in ("root", "town", "community", "beside") if getattr(county, name).id in ids}


@pytest.mark.parametrize(
    ("person", "permission", "expected"),
    [
        ("officer", Permission.VISIT_READ, {"town", "community"}),
        ("officer", Permission.PLACE_WRITE, {"town", "community"}),
        ("officer", Permission.ORGANISATION_WRITE, set()),
        ("administrator", Permission.POSTING_WRITE, {"town", "community"}),
        ("administrator", Permission.VISIT_READ, set()),
        ("secretary", Permission.VISIT_READ, {"community"}),
        ("secretary", Permission.ENDPOINT_WRITE, {"community"}),
        ("cadre", Permission.VISIT_READ, set()),
        ("cadre", Permission.PLACE_READ, {"root", "town", "community", "beside"}),
    ],
)
async def test_posting_reaches_the_expected_organisations(
    session: AsyncSession, county: County, clock: FakeClock, person: str, permission: Permission, expected: set[str]
) -> None:
    actor = Actor(getattr(county, person).id, None, permission, clock())

    assert await reached_names(session, county, actor) == expected


async def test_several_postings_add_up_and_end_independently(
    session: AsyncSession, county: County, clock: FakeClock
) -> None:
    person, soon = (
        await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county.community),
        clock() + timedelta(minutes=1),
    )
    await build.a_posting(session, person, county.beside, Role.ORGAN_COMMITTEE_OFFICER, valid_until=soon)
    reached = [
        await reached_names(session, county, Actor(person.id, None, Permission.VISIT_READ, at))
        for at in (clock(), soon - timedelta(microseconds=1), soon)
    ]

    assert reached == [{"community", "beside"}, {"community", "beside"}, {"community"}]


async def test_role_with_reach_organisation_does_not_reach_below(
    session: AsyncSession, county: County, clock: FakeClock
) -> None:
    person = await somebody(session, Role.COMMUNITY_SECRETARY, county.town)

    assert await reached_names(session, county, Actor(person.id, None, Permission.VISIT_READ, clock())) == {"town"}


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (Permission.VISIT_READ, {"town"}),
        (Permission.FEED_READ, {"town"}),
        (Permission.PLACE_READ, {"root", "town", "community", "beside"}),
        (Permission.VISIT_WRITE, set()),
        (Permission.PERSON_READ, set()),
    ],
)
async def test_service_client_reaches_only_its_organisation(
    session: AsyncSession, county: County, clock: FakeClock, permission: Permission, expected: set[str]
) -> None:
    actor = Actor(new_id(), county.town.id, permission, clock())

    assert await reached_names(session, county, actor) == expected


async def test_officer_lists_postings_below_and_not_of_sister_organisations(api: Caller, county: County) -> None:
    items = (await api.as_(county.officer).get("/v1/postings?limit=200")).json()["items"]

    people = {item["person_id"] for item in items}
    assert {str(county.secretary.id), str(county.cadre.id)} <= people
    assert str(county.neighbour.id) not in people


def test_administrators_grant_disjoint_roles_and_read_no_business_records() -> None:
    may_grant = [ROLE_DEFINITIONS[role].may_grant for role in ADMINISTRATORS]
    writes = [{p for p in ROLES[role] if p.endswith(":write")} for role in ADMINISTRATORS]

    assert may_grant[0] | may_grant[1] == set(Role)
    assert (may_grant[0] & may_grant[1], may_grant[2]) == (set(), set())
    assert (writes[0] & writes[1], writes[1] - writes[0], writes[2]) == ({Permission.POSTING_WRITE}, set(), set())
    assert not [p for role in ADMINISTRATORS for p in ROLES[role] if p.startswith(("visit:", "dossier:"))]


def test_everybody_and_clients_write_only_own_records() -> None:
    assert set(ROLES) == set(Role)
    assert {p for p, reach in EVERYBODY.items() if p.endswith(":write") and reach is not Reach.OWN} == set()
    assert {p for p in EVERY_CLIENT if p.endswith(":write")} == set()
    assert {purpose: set(permissions) for purpose, permissions in CLIENT_PERMISSIONS.items() if permissions} == {
        ClientPurpose.ASSESSMENT_SYSTEM: {Permission.DOSSIER_RECEIVE}
    }
