"""Change the kind of an organisation: parent, children, postings and links must fit."""

from typing import Any

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family, Role
from schemas.identity.organisations import OrganisationKind as K
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller


async def change(caller: Caller, organisation: Organisation, kind: K, etag: str = '"1"', **fields: Any) -> Response:
    body = {"kind": kind} | fields
    return await caller.put(f"/v1/organisations/{organisation.id}/kind", json=body, headers={"If-Match": etag})


@pytest.fixture
async def party_line(session: AsyncSession, county: County) -> tuple[Organisation, Organisation, Organisation]:
    """Committee → general branch → branch; the administrator is posted at the committee."""
    committee = await build.an_organisation(session, family=Family.PARTY, kind=K.PARTY_COMMITTEE)
    general = await build.an_organisation(session, under=committee, family=Family.PARTY, kind=K.GENERAL_BRANCH)
    branch = await build.an_organisation(session, under=general, family=Family.PARTY, kind=K.BRANCH)
    await build.a_posting(session, county.administrator, committee, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    return committee, general, branch


async def test_branch_becomes_general_branch_only_below_a_fitting_parent(
    api: Caller, county: County, session: AsyncSession, party_line: tuple[Organisation, ...]
) -> None:
    committee, _, branch_below = party_line
    branch = await build.an_organisation(session, under=committee, family=Family.PARTY, kind=K.BRANCH)
    await session.commit()
    signed_in = api.as_(county.administrator)

    refused, changed = [
        await change(signed_in, organisation, K.GENERAL_BRANCH) for organisation in (branch_below, branch)
    ]

    assert (refused.status_code, refused.json()["code"]) == (422, "organisation.parent_does_not_fit")
    assert (changed.status_code, changed.json()["kind"], changed.json()["version"]) == (200, "general_branch", 2)


async def test_kind_that_does_not_fit_children_is_refused(
    api: Caller, county: County, session: AsyncSession, party_line: tuple[Organisation, ...]
) -> None:
    committee, general, branch = party_line
    other = await build.an_organisation(session, family=Family.PARTY, kind=K.BRANCH)
    await somebody(session, Role.BRANCH_SECRETARY, branch)
    await build.a_link(session, "guides", committee, other)
    await session.commit()
    signed_in = api.as_(county.administrator)

    with_child = await change(signed_in, general, K.BRANCH)
    with_link = await change(signed_in, committee, K.GENERAL_BRANCH)

    assert (with_child.json()["code"], with_child.json()["facts"]["kinds"]) == (
        "organisation.children_do_not_fit",
        ["branch"],
    )
    assert with_link.json()["code"] == "organisation.children_do_not_fit"


async def test_kind_that_does_not_fit_held_roles_names_them(api: Caller, county: County, session: AsyncSession) -> None:
    answer = await change(api.as_(county.administrator), county.community, K.INSTITUTION)

    assert (answer.status_code, answer.json()["code"]) == (409, "organisation.roles_do_not_fit")
    assert answer.json()["facts"]["roles"] == ["community_secretary"]


async def test_kind_that_does_not_fit_a_link_is_refused(api: Caller, county: County, session: AsyncSession) -> None:
    organ = await build.an_organisation(session, under=county.town)
    await build.a_link(session, "manages", organ, county.beside)
    await session.commit()

    answer = await change(api.as_(county.administrator), organ, K.INSTITUTION)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation_link.does_not_fit")


@pytest.mark.parametrize("kind", [K.BRANCH, K.PARTY_COMMITTEE])
async def test_unit_cannot_get_a_party_kind(api: Caller, county: County, kind: K) -> None:
    answer = await change(api.as_(county.administrator), county.community, kind)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation.kind_of_other_family")


async def test_kind_of_wrong_tree_can_be_corrected(api: Caller, county: County, session: AsyncSession) -> None:
    organisation = await build.an_organisation(session, under=county.town, kind=K.BRANCH)
    await session.commit()

    answer = await change(api.as_(county.administrator), organisation, K.INSTITUTION)

    assert (answer.status_code, answer.json()["kind"]) == (200, "institution")


async def test_missing_approval_can_be_added_with_the_same_kind(
    api: Caller, county: County, session: AsyncSession, party_line: tuple[Organisation, ...]
) -> None:
    committee = await build.an_organisation(session, under=party_line[0], family=Family.PARTY, kind=K.PARTY_COMMITTEE)
    await session.commit()
    signed_in, query = api.as_(county.administrator), {"organisation_id": str(committee.id)}
    before = (await signed_in.get("/v1/organisation-anomalies", params=query)).json()["items"]

    answer = await change(
        signed_in, committee, K.PARTY_COMMITTEE, approval_number="县委组〔2026〕8号", approved_on="2026-03-01"
    )

    assert [anomaly["anomaly"] for anomaly in before[0]["anomalies"]] == ["approval_missing", "too_few_members"]
    assert answer.json()["approval_number"] == "县委组〔2026〕8号"
    assert (await signed_in.get("/v1/organisation-anomalies", params=query)).json()["items"] == []


async def test_change_of_kind_stale_out_of_reach_or_not_permitted_is_refused(api: Caller, county: County) -> None:
    stale = await change(api.as_(county.administrator), county.community, K.VILLAGERS_COMMITTEE, '"7"')
    foreign = await change(api.as_(county.neighbour), county.community, K.VILLAGERS_COMMITTEE)
    unpermitted = await change(api.as_(county.officer), county.community, K.VILLAGERS_COMMITTEE)

    assert [answer.status_code for answer in (stale, foreign, unpermitted)] == [412, 404, 403]
