"""Closing an organisation: refused with open references; nothing is deleted or starts in it later."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visit_plans import VisitPlanState
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Role
from service.domains import DOMAINS
from service.fieldwork.visit_plans.tables import VisitPlan
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.tables import METADATA
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller


@pytest.fixture
async def office(session: AsyncSession, county: County) -> Organisation:
    """An organisation below the town without any reference."""
    row = await build.an_organisation(session, under=county.town)
    await session.commit()
    return row


async def close(caller: Caller, organisation: Organisation, etag: str = '"1"', **body: Any) -> Response:
    return await caller.put(f"/v1/organisations/{organisation.id}/closure", json=body, headers={"If-Match": etag})


async def test_organisation_without_references_is_closed_and_stays_readable(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    signed_in = api.as_(county.administrator)

    first, again = [await close(signed_in, office) for _ in range(2)]

    assert (first.status_code, first.json()["valid_until"], first.json()["version"]) == (200, "2026-11-22T02:00:00Z", 2)
    assert again.json() == first.json()
    assert (await signed_in.get(f"/v1/organisations/{office.id}")).json() == first.json()
    (event,) = (await session.exec(select(Event).where(Event.subject_id == office.id))).all()
    assert (event.name, set(event.organisation_ids)) == ("organisation.closed", {office.id, county.town.id})


async def test_organisation_with_open_references_is_refused_and_counted(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    await build.an_organisation(session, under=office)
    await build.a_link(session, LinkKind.EXCHANGES, county.beside, office)
    await build.a_place(session, office)
    former_member = await build.a_person(session)
    await build.a_posting(session, former_member, office, Role.CADRE, valid_until=START)
    await build.a_posting(session, former_member, office, Role.CADRE, valid_from=START + timedelta(days=9))
    await session.commit()
    signed_in = api.as_(county.administrator)
    columns = ("organisation.parent_id", "posting.organisation_id", "organisation_link.to_id", "place.organisation_id")

    response = await signed_in.get(f"/v1/organisations/{office.id}/open-references")
    counts = response.json()["open_references"]
    answer = await close(signed_in, office)

    assert counts == dict.fromkeys(columns, 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation.has_open_references")
    assert answer.json()["facts"]["open_references"] == [f"{name} × {count}" for name, count in counts.items()]
    assert (await signed_in.get(f"/v1/organisations/{office.id}")).json()["valid_until"] is None


async def test_past_visit_plan_without_visit_is_no_open_reference(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    place = await build.a_place(session, county.community)
    for days in (-3, 3):
        plan = VisitPlan(
            id=new_id(),
            person_id=county.cadre.id,
            organisation_id=office.id,
            place_id=place.id,
            from_at=START + timedelta(days=days),
            until_at=START + timedelta(days=days, hours=2),
            is_announced=True,
            state=VisitPlanState.PLANNED,
            created_at=START,
            request_fingerprint=b"",
        )
        session.add(plan)
    await session.commit()
    signed_in = api.as_(county.administrator)

    before = await signed_in.get(f"/v1/organisations/{office.id}/open-references")
    plan.state, plan.cancel_reason = VisitPlanState.CANCELLED, "不去了"
    await session.commit()
    closed = await close(signed_in, office)

    assert before.json()["open_references"] == {"visit_plan.organisation_id": 1}
    assert closed.status_code == 200


def test_every_foreign_key_to_organisation_is_declared_in_a_manifest() -> None:
    references = {
        f"{table.name}.{key.parent.name}"
        for table in METADATA.tables.values()
        for key in table.foreign_keys
        if key.target_fullname == "organisation.id"
    }
    keep_open, others = DOMAINS.open_references.keys(), DOMAINS.other_references

    assert len(keep_open) > 10
    assert references == keep_open | others.keys()
    assert keep_open & others.keys() == set()
    assert all(reference.why for reference in others.values())


async def test_closing_with_successor_hands_over_places(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    successor = await build.an_organisation(session, under=county.town)
    place = await build.a_place(session, office)
    await session.commit()

    answer = await close(api.as_(county.administrator), office, successor_id=str(successor.id))

    assert (answer.status_code, answer.json()["successor_id"]) == (200, str(successor.id))
    moved = await session.get_one(Place, place.id, populate_existing=True)
    assert (moved.organisation_id, moved.version) == (successor.id, 2)
    (event,) = (await session.exec(select(Event).where(Event.subject_id == place.id))).all()
    assert set(event.organisation_ids) == {office.id, successor.id}


@pytest.mark.parametrize(
    ("successor", "status", "code"),
    [
        ("office", 422, "organisation.successor_does_not_fit"),
        ("community", 422, "organisation.successor_does_not_fit"),
        ("closed", 409, "organisation.is_closed"),
        ("beside", 404, "organisation.not_found"),
        ("nobody", 404, "organisation.not_found"),
    ],
)
async def test_invalid_successor_is_refused(
    api: Caller, county: County, session: AsyncSession, office: Organisation, successor: str, status: int, code: str
) -> None:
    closed = await build.an_organisation(session, under=county.town, valid_until=START)
    await session.commit()
    ids = {name: row.id for name, row in vars(county).items()} | {"office": office.id, "closed": closed.id}

    answer = await close(api.as_(county.administrator), office, successor_id=str(ids.get(successor, new_id())))

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_closing_root_own_or_foreign_organisation_or_old_version_is_refused(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    top = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()

    answers = [
        await close(api.as_(top), county.root),
        await close(api.as_(county.administrator), county.town),
        await close(api.as_(county.neighbour), office),
        await close(api.as_(county.administrator), office, '"9"'),
    ]

    assert [answer.status_code for answer in answers] == [422, 404, 404, 412]


async def test_creating_records_in_closed_organisation_is_refused(
    api: Caller, county: County, session: AsyncSession, office: Organisation
) -> None:
    person, other = await build.a_person(session), await build.an_organisation(session, under=county.town)
    await session.commit()
    signed_in = api.as_(county.administrator)
    await close(signed_in, office)
    below = {"family": "unit", "kind": "organ", "name": "新设", "parent_id": str(office.id)}
    posting = {"person_id": str(person.id), "organisation_id": str(office.id), "role": "cadre"}
    link = {"kind": "exchanges", "from_id": str(other.id), "to_id": str(office.id), "valid_from": START.isoformat()}
    place = {"kind": "community", "name": "某地", "organisation_id": str(office.id)}

    answers = [
        await signed_in.put(f"/v1/organisations/{new_id()}", json=below),
        await signed_in.put(f"/v1/postings/{new_id()}", json=posting | {"valid_from": START.isoformat()}),
        await signed_in.put(f"/v1/organisation-links/{new_id()}", json=link),
        await signed_in.put(f"/v1/places/{new_id()}", json=place),
        await signed_in.put(
            f"/v1/organisations/{other.id}/parent", json={"parent_id": str(office.id)}, headers={"If-Match": '"1"'}
        ),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "organisation.is_closed")}


async def test_client_system_of_closed_organisation_reaches_nothing(session: AsyncSession, county: County) -> None:
    closed = await build.an_organisation(session, under=county.town, valid_until=START)
    actors = [Actor(new_id(), row.id, Permission.VISIT_READ, START) for row in (county.community, closed)]

    connection = await session.connection()
    reachable = [(await connection.execute(scope.reachable(actor))).scalars().all() for actor in actors]

    assert reachable == [[county.community.id], []]


async def test_concurrent_closing_and_posting_leave_none_in_closed_organisation(
    api: Caller, county: County, session: AsyncSession
) -> None:
    signed_in = api.as_(county.administrator)
    for _ in range(6):
        office, person = await build.an_organisation(session, under=county.town), await build.a_person(session)
        await session.commit()
        posting = {"person_id": str(person.id), "organisation_id": str(office.id), "role": "cadre"}
        posting["valid_from"] = START.isoformat()

        answers = await asyncio.gather(
            close(signed_in, office), signed_in.put(f"/v1/postings/{new_id()}", json=posting)
        )

        assert sorted(answer.status_code for answer in answers) in ([200, 409], [201, 409])


async def test_renaming_keeps_former_names_with_their_end(
    api: Caller, county: County, office: Organisation, session: AsyncSession
) -> None:
    signed_in = api.as_(county.administrator)
    for version, name in enumerate(("民政局", "民政和社会工作局"), 1):
        body = {"name": name, "division_code": None}
        url = f"/v1/organisations/{office.id}/description"
        await signed_in.put(url, json=body, headers={"If-Match": f'"{version}"'})

    answer = await api.as_(county.cadre).get(f"/v1/organisations/{office.id}/former-names")

    assert {item["name"] for item in answer.json()["items"]} == {"一个单位", "民政局"}
    assert {item["until_at"] for item in answer.json()["items"]} == {"2026-11-22T02:00:00Z"}


async def test_open_organisation_below_closed_one_is_listed_as_anomaly(
    api: Caller, county: County, session: AsyncSession
) -> None:
    closed = await build.an_organisation(session, under=county.town, valid_until=START)
    below = await build.an_organisation(session, under=closed)
    await session.commit()

    async def anomalies_of(organisation: Organisation) -> list[str]:
        query = {"organisation_id": str(organisation.id)}
        page = (await api.as_(county.officer).get("/v1/organisation-anomalies", params=query)).json()
        return [anomaly["anomaly"] for item in page["items"] for anomaly in item["anomalies"]]

    assert (await anomalies_of(closed), await anomalies_of(below)) == ([], ["parent_closed"])
