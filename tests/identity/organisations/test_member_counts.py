"""Usual numbers of members (DOMAIN §2.1): counted from postings, listed as anomalies, never refused."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisation_anomalies import OrganisationAnomaly as A
from schemas.identity.organisations import Family, Role
from schemas.identity.organisations import OrganisationKind as K
from service.identity.tree.rules import OrganisationFacts, find_anomalies
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller


@pytest.mark.parametrize(
    ("kind", "members", "is_approved", "expected"),
    [
        (K.BRANCH, 2, False, [A.TOO_FEW_MEMBERS]),
        (K.BRANCH, 2, True, [A.TOO_FEW_MEMBERS]),
        (K.BRANCH, 3, False, []),
        (K.BRANCH, 50, False, []),
        (K.BRANCH, 51, False, [A.TOO_MANY_MEMBERS]),
        (K.GENERAL_BRANCH, 49, False, [A.TOO_FEW_MEMBERS]),
        (K.GENERAL_BRANCH, 49, True, []),
        (K.GENERAL_BRANCH, 50, False, []),
        (K.GENERAL_BRANCH, 100, False, [A.TOO_MANY_MEMBERS]),
        (K.PARTY_COMMITTEE, 99, False, [A.TOO_FEW_MEMBERS]),
        (K.PARTY_COMMITTEE, 99, True, []),
        (K.PARTY_COMMITTEE, 100, False, []),
        (K.WORK_COMMITTEE, 0, False, []),
        (K.LEADING_GROUP, 0, False, []),
    ],
)
def test_member_thresholds_equal_the_rules(kind: K, members: int, is_approved: bool, expected: list[A]) -> None:
    facts = OrganisationFacts(
        Family.PARTY,
        kind,
        parent_family=None,
        parent_kind=None,
        is_approved=is_approved,
        is_closed=False,
        parent_is_closed=False,
        members=members,
    )

    assert find_anomalies(facts) == expected


async def test_member_count_includes_those_below_once_and_skips_ended_postings(
    api: Caller, session: AsyncSession
) -> None:
    general = await build.an_organisation(session, family="party", kind="general_branch")
    branch = await build.an_organisation(session, under=general, family="party", kind="branch")
    secretary = await somebody(session, Role.BRANCH_SECRETARY, branch)
    await build.a_posting(session, secretary, branch, Role.MEMBER)
    former_member = await build.a_person(session)
    await build.a_posting(session, former_member, branch, Role.MEMBER, valid_until=START - timedelta(days=1))
    officer = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, general)
    await session.commit()

    items = (await api.as_(officer).get("/v1/organisation-anomalies")).json()["items"]

    assert {item["organisation_id"]: item["members"] for item in items} == {str(general.id): 1, str(branch.id): 1}
    assert [(item["usual_fewest"], item["usual_most"]) for item in items if item["kind"] == "branch"] == [(3, 50)]


async def test_anomaly_pages_respect_limit_and_cover_all(api: Caller, session: AsyncSession) -> None:
    top = await build.an_organisation(session, family="party", kind="work_committee")
    branches = [await build.an_organisation(session, under=top, family="party", kind="branch") for _ in range(5)]
    officer = await somebody(session, Role.WORK_COMMITTEE_OFFICER, top)
    await session.commit()
    ids, cursor = [], None

    while cursor is not None or not ids:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await api.as_(officer).get("/v1/organisation-anomalies", params=query)).json()
        ids += [item["organisation_id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert sorted(ids) == sorted(str(branch.id) for branch in branches)
