"""Roles: where each fits, which exclude each other, who grants them; what a delegate reads."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import VisitState
from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.fieldwork.visits.tables import Visit
from service.foundation.events import edited_rows
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.permissions import EVERYBODY, ROLES, Reach
from service.identity.access.roles import ADMINISTRATORS, ROLE_DEFINITIONS, Duty
from service.identity.auth.bootstrap import create_administrator
from service.identity.auth.passwords import Passwords
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller, FakeClock


@pytest.fixture
async def security(session: AsyncSession, county: County) -> Person:
    """The security administrator of the county."""
    person = await somebody(session, Role.SECURITY_ADMINISTRATOR, county.root)
    await session.commit()
    return person


async def grant(
    caller: Caller, person: Person, organisation: Organisation, role: Role, since: datetime, **fields: Any
) -> httpx.Response:
    body = {"person_id": str(person.id), "organisation_id": str(organisation.id), "role": role}
    return await caller.put(f"/v1/postings/{new_id()}", json=body | {"valid_from": since.isoformat()} | fields)


async def create_person(session: AsyncSession, organisation: Organisation) -> Person:
    person = await build.a_person(session, organisation_id=organisation.id)
    await session.commit()
    return person


def test_every_role_is_defined_and_has_a_duty_if_it_reaches_others() -> None:
    beyond_own = {role for role, grants in ROLES.items() if any(reach is not Reach.OWN for reach in grants.values())}

    assert set(ROLE_DEFINITIONS) == set(ROLES) == set(Role)
    assert {role for role, definition in ROLE_DEFINITIONS.items() if definition.duty} == beyond_own | {
        Role.AUDIT_ADMINISTRATOR
    }
    assert {ROLE_DEFINITIONS[role].duty for role in ADMINISTRATORS} == set(Duty) - {Duty.BUSINESS}
    assert all(definition.fits for definition in ROLE_DEFINITIONS.values())
    assert all(grants[p] > EVERYBODY[p] for grants in ROLES.values() for p in grants.keys() & EVERYBODY.keys())


def test_database_function_duty_of_equals_the_code(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url) as connection:
        duties = {role: connection.execute("SELECT duty_of(%s)", [role.value]).fetchone() for role in Role}

    assert duties == {
        role: (definition.duty and definition.duty.value,) for role, definition in ROLE_DEFINITIONS.items()
    }


@pytest.mark.parametrize(
    ("role", "family", "kind", "status"),
    [
        (Role.COMMUNITY_SECRETARY, Family.UNIT, OrganisationKind.RESIDENTS_COMMITTEE, 201),
        (Role.COMMUNITY_SECRETARY, Family.PARTY, OrganisationKind.BRANCH, 201),
        (Role.COMMUNITY_SECRETARY, Family.UNIT, OrganisationKind.ORGAN, 422),
        (Role.COMMUNITY_WORKER, Family.UNIT, OrganisationKind.VILLAGERS_COMMITTEE, 201),
        (Role.COMMUNITY_WORKER, Family.UNIT, OrganisationKind.ENTERPRISE, 422),
        (Role.BRANCH_SECRETARY, Family.PARTY, OrganisationKind.BRANCH, 201),
        (Role.BRANCH_SECRETARY, Family.UNIT, OrganisationKind.ORGAN, 422),
        (Role.WORK_COMMITTEE_OFFICER, Family.PARTY, OrganisationKind.WORK_COMMITTEE, 201),
        (Role.WORK_COMMITTEE_OFFICER, Family.PARTY, OrganisationKind.PARTY_COMMITTEE, 422),
        (Role.DISPATCHER, Family.UNIT, OrganisationKind.RESIDENTS_COMMITTEE, 422),
        (Role.MEMBER, Family.PARTY, OrganisationKind.BRANCH, 201),
        (Role.MEMBER, Family.UNIT, OrganisationKind.ORGAN, 422),
    ],
)
async def test_posting_is_accepted_only_in_fitting_organisation_kind(
    api: Caller,
    county: County,
    session: AsyncSession,
    role: Role,
    family: Family,
    kind: OrganisationKind,
    status: int,
) -> None:
    organisation = await build.an_organisation(session, under=county.town, family=family, kind=kind)
    person = await create_person(session, county.town)

    answer = await grant(api.as_(county.administrator), person, organisation, role, START)

    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "posting.role_does_not_fit"


async def test_each_administrator_grants_only_own_share_of_roles(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, security: Person
) -> None:
    system_administrator, security_administrator = api.as_(county.administrator), api.as_(security)
    person = await create_person(session, county.town)

    for role in sorted(ADMINISTRATORS):
        refused = await grant(system_administrator, person, county.town, role, clock())
        assert (refused.status_code, refused.json()["code"]) == (403, "posting.role_not_grantable")
    cadre = await grant(security_administrator, person, county.town, Role.CADRE, clock())
    auditor = await grant(security_administrator, person, county.town, Role.AUDIT_ADMINISTRATOR, clock())

    assert (cadre.json()["code"], auditor.status_code) == ("posting.role_not_grantable", 201)


async def test_granting_or_ending_own_posting_is_refused(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, security: Person
) -> None:
    own_posting = (await session.exec(select(Posting).where(Posting.person_id == security.id))).one()
    end = {"valid_until": (clock() + timedelta(days=1)).isoformat()}

    granted_own = await grant(api.as_(county.administrator), county.administrator, county.town, Role.HANDLER, clock())
    ended_own = await api.as_(security).put(f"/v1/postings/{own_posting.id}/end", json=end, headers={"If-Match": '"1"'})

    assert [answer.status_code for answer in (granted_own, ended_own)] == [403, 403]
    assert {answer.json()["code"] for answer in (granted_own, ended_own)} == {"posting.own_posting"}


async def test_ending_a_role_one_may_not_grant_is_refused(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, security: Person
) -> None:
    posting = (await session.exec(select(Posting).where(Posting.person_id == county.administrator.id))).one()
    cadre_posting = (await session.exec(select(Posting).where(Posting.person_id == county.cadre.id))).one()
    root_administrator = api.as_(await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root))
    await session.commit()
    end = {"json": {"valid_until": clock().isoformat()}, "headers": {"If-Match": '"1"'}}

    of_administrator = await root_administrator.put(f"/v1/postings/{posting.id}/end", **end)
    of_cadre = await api.as_(security).put(f"/v1/postings/{cadre_posting.id}/end", **end)
    by_security = await api.as_(security).put(f"/v1/postings/{posting.id}/end", **end)

    assert [answer.status_code for answer in (of_administrator, of_cadre, by_security)] == [403, 403, 200]


@pytest.mark.parametrize("held_role", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("new_role", [*sorted(ADMINISTRATORS), Role.HANDLER, Role.CADRE, Role.MEMBER])
async def test_second_duty_at_the_same_time_is_refused(
    county: County, session: AsyncSession, held_role: Role, new_role: Role
) -> None:
    person = await somebody(session, held_role, county.beside)
    await session.commit()
    is_allowed = new_role is held_role or ROLE_DEFINITIONS[new_role].duty is None

    if is_allowed:
        await build.a_posting(session, person, county.town, new_role)
    else:
        with pytest.raises(Exception, match="ex_posting_duties_apart"):
            await build.a_posting(session, person, county.town, new_role)


async def test_duties_exclude_error_hides_the_other_organisation(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    person = await somebody(session, Role.AUDIT_ADMINISTRATOR, county.beside)
    await session.commit()

    answer = await grant(api.as_(county.administrator), person, county.town, Role.HANDLER, clock())

    assert (answer.status_code, answer.json()["code"]) == (409, "posting.duties_exclude")
    assert "请先结束原任职" in answer.json()["title"]
    assert str(county.beside.id) not in answer.text


async def test_duty_may_start_when_another_duty_ends(county: County, session: AsyncSession, clock: FakeClock) -> None:
    person, at = await build.a_person(session), clock()
    await build.a_posting(session, person, county.town, Role.SECURITY_ADMINISTRATOR, valid_until=at)

    await build.a_posting(session, person, county.town, Role.AUDIT_ADMINISTRATOR, valid_from=at)

    with pytest.raises(Exception, match="ex_posting_duties_apart"):
        await build.a_posting(
            session, person, county.town, Role.HANDLER, valid_from=at + timedelta(days=300)
        )  # it begins later, but the audit posting has no end


async def test_concurrent_grants_of_exclusive_roles_keep_one_duty(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, security: Person
) -> None:
    person = await create_person(session, county.town)
    administrators = (api.as_(county.administrator), api.as_(security))
    roles = (Role.HANDLER, Role.AUDIT_ADMINISTRATOR)

    answers = await asyncio.gather(
        *(grant(administrators[n % 2], person, county.town, roles[n % 2], clock()) for n in range(8))
    )

    held_roles = (await session.exec(select(Posting.role).where(col(Posting.person_id) == person.id))).all()
    assert {answer.status_code for answer in answers} <= {201, 409, 503}  # 503: the answer to a deadlock
    assert len({ROLE_DEFINITIONS[role].duty for role in held_roles}) == 1


@pytest.fixture
async def leader_visit(session: AsyncSession, county: County, clock: FakeClock) -> tuple[Person, Visit]:
    """A leader of the town with one visit."""
    leader = await somebody(session, Role.LEADER, county.town)
    place = await build.a_place(session, county.beside)
    visit = Visit(
        id=new_id(),
        person_id=leader.id,
        organisation_id=county.town.id,
        place_id=place.id,
        state=VisitState.OPEN,
        checked_in_at=clock(),
        presence="unverified",
        presence_reasons=[],
        request_fingerprint=b"",
    )
    session.add(visit)
    await session.commit()
    return leader, visit


async def test_delegate_reads_visits_of_leader_while_delegation_is_in_force(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, leader_visit: tuple[Person, Visit]
) -> None:
    leader, visit = leader_visit
    begins, ends = clock() + timedelta(minutes=5), clock() + timedelta(minutes=10)
    person = await create_person(session, county.town)
    delegation = {"delegate_of": str(leader.id), "valid_until": ends.isoformat()}
    granted = await grant(api.as_(county.administrator), person, county.town, Role.DELEGATE, begins, **delegation)
    statuses = []

    for _ in range(3):
        statuses.append((await api.as_(person).get(f"/v1/visits/{visit.id}")).status_code)
        clock.move(minutes=5)

    assert (granted.status_code, granted.json()["delegate_of"]) == (201, str(leader.id))
    assert statuses == [404, 200, 404]


async def test_delegate_reads_nothing_after_leader_posting_ends(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, leader_visit: tuple[Person, Visit]
) -> None:
    leader, visit = leader_visit
    until = clock() + timedelta(days=9)
    delegate = await build.a_person(session)
    delegation = {"delegate_of": leader.id, "valid_until": until}
    await build.a_posting(session, delegate, county.town, Role.DELEGATE, **delegation)
    posting = (await session.exec(select(Posting).where(Posting.person_id == leader.id))).one()
    posting.valid_until = clock() + timedelta(minutes=1)
    await session.commit()
    counts = [len((await api.as_(delegate).get("/v1/visits")).json()["items"])]

    clock.move(minutes=1)
    counts.append(len((await api.as_(delegate).get("/v1/visits")).json()["items"]))

    assert counts == [1, 0]
    assert (await api.as_(leader).get(f"/v1/visits/{visit.id}")).status_code == 200


async def test_delegation_without_end_or_leader_there_is_refused(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, leader_visit: tuple[Person, Visit]
) -> None:
    leader, until = str(leader_visit[0].id), (clock() + timedelta(days=1)).isoformat()
    person, caller = await create_person(session, county.town), api.as_(county.administrator)

    async def error_code(role: Role = Role.DELEGATE, organisation: Organisation = county.town, **fields: Any) -> str:
        return str((await grant(caller, person, organisation, role, clock(), **fields)).json()["code"])

    assert await error_code() == "posting.delegation_unclear"
    assert await error_code(delegate_of=leader) == "posting.delegation_unclear"
    assert await error_code(Role.CADRE, delegate_of=leader, valid_until=until) == "posting.delegation_unclear"
    assert await error_code(delegate_of=str(county.cadre.id), valid_until=until) == "posting.no_such_leader"
    assert (
        await error_code(organisation=county.community, delegate_of=leader, valid_until=until)
        == "posting.no_such_leader"
    )


async def test_administrator_cannot_read_person_after_posting_ends(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    person = await build.a_person(session, organisation_id=county.beside.id)
    begins, ends = clock() + timedelta(minutes=5), clock() + timedelta(minutes=10)
    await build.a_posting(session, person, county.town, Role.CADRE, valid_from=begins, valid_until=ends)
    await session.commit()
    statuses = []

    for _ in range(3):
        statuses.append((await api.as_(county.administrator).get(f"/v1/people/{person.id}")).status_code)
        clock.move(minutes=5)

    assert statuses == [200, 200, 404]  # readable before the posting begins, not after it ends


async def test_administrator_created_by_command_grants_further_administrators(
    api: Caller, session: AsyncSession, clock: FakeClock
) -> None:
    administrators = {}
    for role in sorted(ADMINISTRATORS):
        credential = CredentialUpdate(login=new_id().hex, password=new_id().hex)
        administrators[role] = await create_administrator(
            session, Passwords(1), jurisdiction="某县", name="某同志", credential=credential, now=clock(), role=role
        )
    roots = select(Organisation).join(Posting, col(Posting.organisation_id) == col(Organisation.id))
    own_roots = roots.where(Posting.person_id == administrators[Role.SECURITY_ADMINISTRATOR].id)
    root = (await session.exec(own_roots.order_by(Organisation.family))).first()
    assert root is not None
    person = await build.a_person(session)
    await session.commit()

    answer = await grant(
        api.as_(administrators[Role.SECURITY_ADMINISTRATOR]), person, root, Role.SYSTEM_ADMINISTRATOR, clock()
    )

    assert answer.status_code == 201


async def test_direct_edit_of_delegate_of_is_detected_by_digest(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, leader_visit: tuple[Person, Visit]
) -> None:
    person, caller = await create_person(session, county.town), api.as_(county.administrator)
    delegation = {"delegate_of": str(leader_visit[0].id), "valid_until": (clock() + timedelta(days=1)).isoformat()}
    answers = [await grant(caller, person, county.town, Role.DELEGATE, clock(), **delegation)]
    answers.append(await grant(caller, person, county.town, Role.CADRE, clock()))
    ids = [UUID(answer.json()["id"]) for answer in answers]
    before = set(await edited_rows.find_edited_rows(session, Posting, at_most=1000))

    (await session.get_one(Posting, ids[0])).delegate_of = county.officer.id
    await session.flush()

    assert before.isdisjoint(ids)
    assert set(await edited_rows.find_edited_rows(session, Posting, at_most=1000)) & set(ids) == {ids[0]}
