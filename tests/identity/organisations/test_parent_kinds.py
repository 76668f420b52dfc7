"""Which kind may be below which (DOMAIN §2.2): refused by hand, listed as an anomaly when imported."""

from typing import Any

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family
from schemas.identity.organisations import OrganisationKind as K
from service.foundation.ids import new_id
from service.identity.tree.rules import CHILD_KINDS, KINDS, Fit, fit
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller

APPROVED = {"approval_number": "县委组〔2026〕8号", "approved_on": "2026-03-01"}


async def create(caller: Caller, parent: Organisation, kind: K, **fields: Any) -> Response:
    body = {"family": parent.family, "kind": kind, "name": "新设", "parent_id": str(parent.id)} | fields
    return await caller.put(f"/v1/organisations/{new_id()}", json=body)


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        (K.WORK_COMMITTEE, K.PARTY_COMMITTEE, Fit.YES),
        (K.WORK_COMMITTEE, K.BRANCH, Fit.YES),
        (K.WORK_COMMITTEE, K.PARTY_GROUP, Fit.NO),
        (K.PARTY_COMMITTEE, K.PARTY_COMMITTEE, Fit.WITH_APPROVAL),
        (K.PARTY_COMMITTEE, K.GENERAL_BRANCH, Fit.YES),
        (K.GENERAL_BRANCH, K.PARTY_COMMITTEE, Fit.NO),
        (K.GENERAL_BRANCH, K.GENERAL_BRANCH, Fit.NO),
        (K.GENERAL_BRANCH, K.BRANCH, Fit.YES),
        (K.BRANCH, K.PARTY_COMMITTEE, Fit.NO),
        (K.BRANCH, K.BRANCH, Fit.NO),
        (K.BRANCH, K.PARTY_GROUP, Fit.YES),
        (K.PARTY_GROUP, K.PARTY_GROUP, Fit.NO),
        (K.LEADING_GROUP, K.BRANCH, Fit.NO),
        (K.ORGAN, K.RESIDENTS_COMMITTEE, Fit.YES),
        (K.RESIDENTS_COMMITTEE, K.ORGAN, Fit.NO),
    ],
)
def test_fit_of_parent_and_child_kind_equals_the_rules(parent: K, child: K, expected: Fit) -> None:
    assert fit(parent, child) is expected


def test_every_kind_has_one_family_and_fits_only_below_it() -> None:
    families = {kind: family for family, kinds in KINDS.items() for kind in kinds}

    assert families.keys() == CHILD_KINDS.keys() == set(K)
    assert {families[parent] is families[child] for parent in K for child in CHILD_KINDS[parent]} == {True}


@pytest.fixture
async def party_line(session: AsyncSession, county: County) -> dict[K, Organisation]:
    """A Party line with wrong parents, as after an import; the administrator is posted at its top."""
    parent, organisations = None, {}
    for kind in (K.WORK_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH, K.PARTY_COMMITTEE):
        parent = organisations[kind] = await build.an_organisation(
            session, under=parent, family=Family.PARTY, kind=kind
        )
    await build.a_posting(session, county.administrator, organisations[K.WORK_COMMITTEE], "system_administrator")
    await session.commit()
    return organisations


async def test_unfit_parent_is_refused_and_fitting_kinds_are_named(
    api: Caller, county: County, party_line: dict[K, Organisation]
) -> None:
    answer = await create(api.as_(county.administrator), party_line[K.BRANCH], K.PARTY_COMMITTEE)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation.parent_does_not_fit")
    assert answer.json()["facts"] == {
        "kind": "party_committee",
        "parent_kind": "branch",
        "fits_below": ["party_group"],
        "fits_under": ["local_committee", "work_committee", "party_committee"],
    }


async def test_party_kind_with_unit_family_is_refused(api: Caller, county: County) -> None:
    answer = await create(api.as_(county.administrator), county.town, K.BRANCH)

    assert (answer.status_code, answer.json()["code"]) == (422, "organisation.parent_does_not_fit")


async def test_committee_below_committee_without_dated_approval_is_refused(
    api: Caller, county: County, party_line: dict[K, Organisation]
) -> None:
    signed_in, parent = api.as_(county.administrator), party_line[K.PARTY_COMMITTEE]

    without_approval = await create(signed_in, parent, K.PARTY_COMMITTEE)
    without_date = await create(signed_in, parent, K.PARTY_COMMITTEE, approval_number="县委组〔2026〕8号")
    approved = await create(signed_in, parent, K.PARTY_COMMITTEE, **APPROVED)

    assert [answer.status_code for answer in (without_approval, without_date, approved)] == [422, 422, 201]
    assert [answer.json()["code"] for answer in (without_approval, without_date)] == [
        "organisation.approval_missing",
        "organisation.approval_undated",
    ]
    assert approved.json()["approved_on"] == "2026-03-01"


async def listed_anomalies(caller: Caller, organisation: Organisation, **query: str) -> list[str]:
    """The anomalies in the list for one organisation."""
    query["organisation_id"] = str(organisation.id)
    page = (await caller.get("/v1/organisation-anomalies", params=query)).json()
    return [anomaly["anomaly"] for item in page["items"] for anomaly in item["anomalies"]]


async def test_work_committee_officer_lists_anomalies_of_imported_tree(
    api: Caller, session: AsyncSession, party_line: dict[K, Organisation]
) -> None:
    officer = await somebody(session, "work_committee_officer", party_line[K.WORK_COMMITTEE])
    officer_below = await somebody(session, "work_committee_officer", party_line[K.BRANCH])
    await session.commit()
    signed_in = api.as_(officer)

    assert await listed_anomalies(signed_in, party_line[K.WORK_COMMITTEE]) == []
    assert await listed_anomalies(signed_in, party_line[K.PARTY_COMMITTEE]) == [
        "parent_does_not_fit",
        "too_few_members",
    ]
    assert await listed_anomalies(signed_in, party_line[K.PARTY_COMMITTEE], anomaly="approval_missing") == []
    assert await listed_anomalies(api.as_(officer_below), party_line[K.GENERAL_BRANCH]) == []


@pytest.mark.parametrize(
    ("family", "kind", "expected"),
    [
        ("party", "branch", ["parent_of_other_family", "too_few_members"]),
        ("unit", "branch", ["kind_of_other_family", "parent_does_not_fit", "too_few_members"]),
        ("unit", "organ", []),
    ],
)
async def test_organisation_in_wrong_tree_is_listed_as_anomaly(
    api: Caller, county: County, session: AsyncSession, family: str, kind: str, expected: list[str]
) -> None:
    organisation = await build.an_organisation(session, under=county.town, family=family, kind=kind)
    await session.commit()

    assert await listed_anomalies(api.as_(county.administrator), organisation) == expected
