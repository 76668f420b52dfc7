"""What may stand below what (DOMAIN §2.2): refused by hand with what would fit, accepted and listed when imported."""

from typing import Any

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family
from schemas.identity.organisations import OrganisationKind as K
from service.foundation.ids import new_id
from service.identity.tree.rules import KINDS, MATRIX, Fit, fit
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller

APPROVED = {"approval_number": "县委组〔2026〕8号", "approved_on": "2026-03-01"}


async def create(caller: Caller, parent: Organisation, kind: K, **said: Any) -> Response:
    body = {"family": parent.family, "kind": kind, "name": "新设", "parent_id": str(parent.id)} | said
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
    of_tree = {kind: family for family, kinds in KINDS.items() for kind in kinds}

    assert of_tree.keys() == MATRIX.keys() == set(K)
    assert {of_tree[parent] is of_tree[child] for parent in K for child in MATRIX[parent]} == {True}


@pytest.fixture
async def line(session: AsyncSession, county: County) -> dict[K, Organisation]:
    """A Party line as an import left it: a committee below a branch below a general branch; the administrator's."""
    above, made = None, {}
    for kind in (K.WORK_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH, K.PARTY_COMMITTEE):
        above = made[kind] = await build.an_organisation(session, under=above, family=Family.PARTY, kind=kind)
    await build.a_posting(session, county.administrator, made[K.WORK_COMMITTEE], "system_administrator")
    await session.commit()
    return made


async def test_unfit_parent_is_refused_and_fitting_kinds_are_named(
    api: Caller, county: County, line: dict[K, Organisation]
) -> None:
    answer = await create(api.as_(county.administrator), line[K.BRANCH], K.PARTY_COMMITTEE)

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
    api: Caller, county: County, line: dict[K, Organisation]
) -> None:
    signed_in, parent = api.as_(county.administrator), line[K.PARTY_COMMITTEE]

    without = await create(signed_in, parent, K.PARTY_COMMITTEE)
    half = await create(signed_in, parent, K.PARTY_COMMITTEE, approval_number="县委组〔2026〕8号")
    approved = await create(signed_in, parent, K.PARTY_COMMITTEE, **APPROVED)

    assert [answer.status_code for answer in (without, half, approved)] == [422, 422, 201]
    assert [answer.json()["code"] for answer in (without, half)] == [
        "organisation.approval_missing",
        "organisation.approval_undated",
    ]
    assert approved.json()["approved_on"] == "2026-03-01"


async def found(caller: Caller, organisation: Organisation, **query: str) -> list[str]:
    """The anomalies listed of one organisation."""
    query["organisation_id"] = str(organisation.id)
    (page,) = [(await caller.get("/v1/organisation-anomalies", params=query)).json()]
    return [one["anomaly"] for item in page["items"] for one in item["anomalies"]]


async def test_work_committee_officer_lists_anomalies_of_imported_tree(
    api: Caller, session: AsyncSession, line: dict[K, Organisation]
) -> None:
    officer = await somebody(session, "work_committee_officer", line[K.WORK_COMMITTEE])
    stranger = await somebody(session, "work_committee_officer", line[K.BRANCH])
    await session.commit()
    signed_in = api.as_(officer)

    assert await found(signed_in, line[K.WORK_COMMITTEE]) == []
    assert await found(signed_in, line[K.PARTY_COMMITTEE]) == ["parent_does_not_fit", "too_few_members"]
    assert await found(signed_in, line[K.PARTY_COMMITTEE], anomaly="approval_missing") == []
    assert await found(api.as_(stranger), line[K.GENERAL_BRANCH]) == []


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
    odd = await build.an_organisation(session, under=county.town, family=family, kind=kind)
    await session.commit()

    assert await found(api.as_(county.administrator), odd) == expected
