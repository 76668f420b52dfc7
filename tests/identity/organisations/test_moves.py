"""Move an organisation with all below it: paths, rights, events and concurrent changes."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family, Role
from schemas.identity.organisations import OrganisationKind as K
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County, somebody
from tests.build.tree import wrong_paths
from tests.conftest import START, Caller


@pytest.fixture
async def root_administrator(session: AsyncSession, county: County) -> Person:
    """The administrator of the whole county."""
    person = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()
    return person


async def move(
    caller: Caller, organisation: Organisation, parent_id: UUID, etag: str = '"1"', **fields: Any
) -> Response:
    body = {"parent_id": str(parent_id)} | fields
    return await caller.put(f"/v1/organisations/{organisation.id}/parent", json=body, headers={"If-Match": etag})


async def path_of(session: AsyncSession, organisation: Organisation) -> str:
    return (await session.exec(select(Organisation.path).where(Organisation.id == organisation.id))).one()


async def test_move_takes_subtree_along_and_changes_rights_at_once(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    club = await build.an_organisation(session, under=county.community, kind=K.SOCIAL_ORGANISATION)
    new_officer = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county.beside)
    await session.commit()

    answer = await move(api.as_(root_administrator), county.community, county.beside.id)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["parent_id"] == str(county.beside.id)
    assert await path_of(session, club) == f"{county.beside.path}.{county.community.id.hex}.{club.id.hex}"
    for officer, is_reached in ((new_officer, True), (county.officer, False)):
        reachable = scope.reachable(Actor(officer.id, None, Permission.VISIT_READ, START))
        ids = set((await (await session.connection()).execute(reachable)).scalars())
        assert ({county.community.id, club.id} <= ids) is is_reached
    assert await wrong_paths(session) == []


async def test_move_event_names_organisation_and_both_parents(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    await move(api.as_(root_administrator), county.community, county.beside.id)

    (event,) = (await session.exec(select(Event).where(Event.subject_id == county.community.id))).all()
    assert set(event.organisation_ids) == {county.community.id, county.town.id, county.beside.id}
    assert event.payload == {"from_id": str(county.town.id), "to_id": str(county.beside.id)}


@pytest.mark.parametrize(
    ("organisation", "parent", "error"),
    [
        ("root", "town", (422, "organisation.root_stays")),
        ("town", "town", (422, "organisation.parent_below_itself")),
        ("town", "community", (422, "organisation.parent_below_itself")),
        ("town", "branch", (422, "organisation.parent_of_other_family")),
        ("beside", "community", (422, "organisation.parent_does_not_fit")),
        ("town", "unknown", (404, "organisation.not_found")),
        ("unknown", "town", (404, "organisation.not_found")),
    ],
)
async def test_invalid_move_is_refused_with_code_and_moves_nothing(
    api: Caller,
    county: County,
    session: AsyncSession,
    root_administrator: Person,
    organisation: str,
    parent: str,
    error: tuple[int, str],
) -> None:
    branch = await build.an_organisation(session, under=county.root, family=Family.PARTY, kind=K.BRANCH)
    unknown = Organisation(
        id=new_id(), family="unit", kind="organ", name="", path="", created_at=START, request_fingerprint=b""
    )
    await session.commit()
    organisations = vars(county) | {"branch": branch, "unknown": unknown}

    answer = await move(api.as_(root_administrator), organisations[organisation], organisations[parent].id)

    assert (answer.status_code, answer.json()["code"]) == error
    assert await path_of(session, county.community) == county.community.path
    assert await wrong_paths(session) == []


async def test_move_with_one_parent_out_of_reach_is_refused(api: Caller, county: County, session: AsyncSession) -> None:
    for person, organisation, parent, status in (
        (county.administrator, county.community, county.beside, 404),
        (county.neighbour, county.community, county.beside, 404),
        (county.administrator, county.town, county.community, 404),
        (county.officer, county.community, county.town, 403),
    ):
        assert (await move(api.as_(person), organisation, parent.id)).status_code == status
        assert await build.count(session, Event, name="organisation.moved", subject_id=organisation.id) == 0


async def test_stale_move_is_refused_and_repeated_move_changes_nothing(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    signed_in = api.as_(root_administrator)

    first, again = [await move(signed_in, county.community, county.beside.id) for _ in range(2)]
    stale = await move(signed_in, county.community, county.root.id)

    assert (first.json(), again.status_code) == (again.json(), 200)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    assert await build.count(session, Event, subject_id=county.community.id) == 1


async def test_move_to_fitting_parent_removes_anomaly_from_list(
    api: Caller, session: AsyncSession, county: County
) -> None:
    committee = await build.an_organisation(session, family="party", kind="party_committee")
    branch = await build.an_organisation(session, under=committee, family="party", kind="branch")
    misplaced_committee = await build.an_organisation(session, under=branch, family="party", kind="party_committee")
    await build.a_posting(session, county.administrator, committee, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    signed_in, approval = api.as_(county.administrator), {"approval_number": "1号", "approved_on": "2026-01-01"}

    without_approval = await move(signed_in, misplaced_committee, committee.id)
    with_approval = await move(signed_in, misplaced_committee, committee.id, **approval)

    assert (without_approval.json()["code"], with_approval.status_code) == ("organisation.approval_missing", 200)
    anomalies = await signed_in.get(
        "/v1/organisation-anomalies", params={"organisation_id": str(misplaced_committee.id)}
    )
    assert anomalies.json()["items"] == []


async def test_move_below_an_organisation_managed_by_link_is_refused(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    await build.a_link(session, "manages", county.community, county.beside)
    await session.commit()

    answer = await move(api.as_(root_administrator), county.town, county.beside.id)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation_link.against_tree")


async def test_concurrent_moves_into_each_other_one_is_refused(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    signed_in = api.as_(root_administrator)

    answers = await asyncio.gather(
        move(signed_in, county.town, county.beside.id), move(signed_in, county.beside, county.town.id)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert await wrong_paths(session) == []


async def test_organisation_added_while_parent_moves_gets_the_new_path(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    signed_in, added_ids = api.as_(root_administrator), []
    body = {"family": "unit", "kind": "enterprise", "name": "新企业", "parent_id": str(county.community.id)}

    for version in range(1, 7):
        target = (county.beside, county.town)[(version - 1) % 2]
        ids = [new_id() for _ in range(3)]
        creations = [signed_in.put(f"/v1/organisations/{organisation_id}", json=body) for organisation_id in ids]
        move_request = move(signed_in, county.community, target.id, f'"{version}"')
        answers = await asyncio.gather(creations[0], move_request, *creations[1:])
        assert {answer.status_code for answer in answers} == {200, 201}
        added_ids += ids

    assert await wrong_paths(session) == []
    assert await build.count(session, Organisation, parent_id=county.community.id) == len(added_ids) == 18


async def test_misplaced_organisations_include_a_wrong_path(session: AsyncSession, county: County) -> None:
    wrong_id = new_id()
    path = f"{county.beside.path}.{wrong_id.hex}"
    await build.an_organisation(session, id=wrong_id, parent_id=county.town.id, path=path)

    assert await wrong_paths(session) == [wrong_id]
    await session.rollback()
