"""An organisation goes below another parent with all below it: paths whole, rights at once, nothing in between."""

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
from tests.build.tree import misplaced
from tests.conftest import START, Caller


@pytest.fixture
async def top(session: AsyncSession, county: County) -> Person:
    """The administrator of the whole county."""
    person = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()
    return person


async def move(caller: Caller, one: Organisation, parent_id: UUID, etag: str = '"1"', **said: Any) -> Response:
    body = {"parent_id": str(parent_id)} | said
    return await caller.put(f"/v1/organisations/{one.id}/parent", json=body, headers={"If-Match": etag})


async def path_of(session: AsyncSession, one: Organisation) -> str:
    return (await session.exec(select(Organisation.path).where(Organisation.id == one.id))).one()


async def test_move_takes_subtree_along_and_changes_rights_at_once(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    club = await build.an_organisation(session, under=county.community, kind=K.SOCIAL_ORGANISATION)
    there = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county.beside)
    await session.commit()

    answer = await move(api.as_(top), county.community, county.beside.id)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["parent_id"] == str(county.beside.id)
    assert await path_of(session, club) == f"{county.beside.path}.{county.community.id.hex}.{club.id.hex}"
    for officer, sees in ((there, True), (county.officer, False)):
        reached = scope.reachable(Actor(officer.id, None, Permission.VISIT_READ, START))
        found = set((await (await session.connection()).execute(reached)).scalars())
        assert ({county.community.id, club.id} <= found) is sees
    assert await misplaced(session) == []


async def test_move_event_names_organisation_and_both_parents(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    await move(api.as_(top), county.community, county.beside.id)

    (event,) = (await session.exec(select(Event).where(Event.subject_id == county.community.id))).all()
    assert set(event.organisation_ids) == {county.community.id, county.town.id, county.beside.id}
    assert event.payload == {"from_id": str(county.town.id), "to_id": str(county.beside.id)}


@pytest.mark.parametrize(
    ("moved", "parent", "refusal"),
    [
        ("root", "town", (422, "organisation.root_stays")),
        ("town", "town", (422, "organisation.parent_below_itself")),
        ("town", "community", (422, "organisation.parent_below_itself")),
        ("town", "branch", (422, "organisation.parent_of_other_family")),
        ("beside", "community", (422, "organisation.parent_does_not_fit")),
        ("town", "nobody", (404, "organisation.not_found")),
        ("nobody", "town", (404, "organisation.not_found")),
    ],
)
async def test_invalid_move_is_refused_with_code_and_moves_nothing(
    api: Caller, county: County, session: AsyncSession, top: Person, moved: str, parent: str, refusal: tuple[int, str]
) -> None:
    branch = await build.an_organisation(session, under=county.root, family=Family.PARTY, kind=K.BRANCH)
    nobody = Organisation(
        id=new_id(), family="unit", kind="organ", name="", path="", created_at=START, request_fingerprint=b""
    )
    await session.commit()
    known = vars(county) | {"branch": branch, "nobody": nobody}

    answer = await move(api.as_(top), known[moved], known[parent].id)

    assert (answer.status_code, answer.json()["code"]) == refusal
    assert await path_of(session, county.community) == county.community.path
    assert await misplaced(session) == []


async def test_move_with_one_parent_out_of_reach_is_refused(
    api: Caller, county: County, session: AsyncSession
) -> None:
    for person, one, parent, status in (
        (county.administrator, county.community, county.beside, 404),
        (county.neighbour, county.community, county.beside, 404),
        (county.administrator, county.town, county.community, 404),
        (county.officer, county.community, county.town, 403),
    ):
        assert (await move(api.as_(person), one, parent.id)).status_code == status
        assert await build.count(session, Event, name="organisation.moved", subject_id=one.id) == 0


async def test_stale_move_is_refused_and_repeated_move_changes_nothing(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    signed_in = api.as_(top)

    first, again = [await move(signed_in, county.community, county.beside.id) for _ in range(2)]
    late = await move(signed_in, county.community, county.root.id)

    assert (first.json(), again.status_code) == (again.json(), 200)
    assert (late.status_code, late.json()["code"]) == (412, "version.stale")
    assert await build.count(session, Event, subject_id=county.community.id) == 1


async def test_move_to_fitting_parent_removes_anomaly_from_list(
    api: Caller, session: AsyncSession, county: County
) -> None:
    committee = await build.an_organisation(session, family="party", kind="party_committee")
    branch = await build.an_organisation(session, under=committee, family="party", kind="branch")
    odd = await build.an_organisation(session, under=branch, family="party", kind="party_committee")
    await build.a_posting(session, county.administrator, committee, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    signed_in, approved = api.as_(county.administrator), {"approval_number": "1号", "approved_on": "2026-01-01"}

    without = await move(signed_in, odd, committee.id)
    moved = await move(signed_in, odd, committee.id, **approved)

    assert (without.json()["code"], moved.status_code) == ("organisation.approval_missing", 200)
    listed = await signed_in.get("/v1/organisation-anomalies", params={"organisation_id": str(odd.id)})
    assert listed.json()["items"] == []


async def test_move_below_an_organisation_managed_by_link_is_refused(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    await build.a_link(session, "manages", county.community, county.beside)
    await session.commit()

    answer = await move(api.as_(top), county.town, county.beside.id)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation_link.against_tree")


async def test_concurrent_moves_into_each_other_one_is_refused(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    signed_in = api.as_(top)

    answers = await asyncio.gather(
        move(signed_in, county.town, county.beside.id), move(signed_in, county.beside, county.town.id)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert await misplaced(session) == []


async def test_organisation_added_while_parent_moves_gets_the_new_path(
    api: Caller, county: County, session: AsyncSession, top: Person
) -> None:
    signed_in, added = api.as_(top), []
    body = {"family": "unit", "kind": "enterprise", "name": "新企业", "parent_id": str(county.community.id)}

    for version in range(1, 7):
        target = (county.beside, county.town)[(version - 1) % 2]
        ids = [new_id() for _ in range(3)]
        creations = [signed_in.put(f"/v1/organisations/{one}", json=body) for one in ids]
        moving = move(signed_in, county.community, target.id, f'"{version}"')
        answers = await asyncio.gather(creations[0], moving, *creations[1:])
        assert {answer.status_code for answer in answers} == {200, 201}
        added += ids

    assert await misplaced(session) == []
    assert await build.count(session, Organisation, parent_id=county.community.id) == len(added) == 18


async def test_misplaced_organisations_include_a_wrong_path(session: AsyncSession, county: County) -> None:
    stray_id = new_id()
    path = f"{county.beside.path}.{stray_id.hex}"
    await build.an_organisation(session, id=stray_id, parent_id=county.town.id, path=path)

    assert await misplaced(session) == [stray_id]
    await session.rollback()
