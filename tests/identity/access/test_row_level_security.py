"""Row-level security: which contacts, households and dossiers a query without WHERE shows."""

import re
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Role
from schemas.judgement.assessments import CycleState
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission, Reach, purposes_with, roles_with
from service.identity.access.row_level_security import Purpose, rows_under_rls, set_rls_purpose
from service.identity.people.tables import Person
from service.judgement.assessments.tables import AssessmentCycle, Dossier
from service.operations.database.backup import dump, restore
from service.solving.problems.tables import Problem, ProblemCategory, ProblemContact
from tests import build
from tests.build.assessments import World, a_problem, world
from tests.build.contact_points import TODAY, a_contact_point, a_household
from tests.build.county import county, somebody
from tests.conftest import START, FakeClock
from tests.identity.access.sweep.rows import a_service_client
from tests.operations.worker.test_restore_drill import restored

__all__ = ["county", "restored", "world"]
ALL_CONTACTS = select(ProblemContact)
ALL_DOSSIERS = select(Dossier)
ALL_HOUSEHOLDS = select(ContactHousehold)


async def visible_ids(
    session: AsyncSession,
    purpose: Purpose,
    actor_id: UUID,
    clock: FakeClock,
    statement: Any,
    client_of: UUID | None = None,
) -> set[UUID]:
    """Ids of problems, persons or contact points whose protected rows a statement shows to an actor."""
    actor = Actor(actor_id, client_of, Permission.PROBLEM_REVEAL, clock())
    rows = await rows_under_rls(session, purpose, actor, statement)
    return {row.get("problem_id") or row.get("contact_point_id") or row["person_id"] for row in rows}


@pytest.fixture
async def contacts(session: AsyncSession, world: World) -> dict[str, Problem]:
    """Problems with a contact: of the town, of the sister town (`beside`), and a closed one of the town."""
    problems = {}
    organisations = {"town": world.county.town, "beside": world.county.beside, "closed": world.county.town}
    for name, organisation in organisations.items():
        closed = {"state": "closed", "closed_at": world.clock()} if name == "closed" else {}
        problems[name] = await a_problem(session, world.county.cadre, world.place, owner_id=organisation.id, **closed)
        session.add(ProblemContact(problem_id=problems[name].id, name=b"n", phone=b"p", phone_index=b"i"))
    await session.commit()
    return problems


@pytest.fixture
async def points(session: AsyncSession, world: World) -> dict[str, ContactPoint]:
    """Contact points with a household each: of the cadre, of the neighbour, and an ended one of the cadre."""
    contact_points = {
        "own": a_contact_point(world.county.cadre, world.place),
        "other": a_contact_point(world.county.neighbour, world.place),
        "ended": a_contact_point(world.county.cadre, world.place, ended_at=START, end_reason="调离"),
    }
    session.add_all(contact_points.values())
    await session.flush()
    for point in contact_points.values():
        await a_household(session, point)
    await session.commit()
    return contact_points


async def test_service_role_without_purpose_sees_and_writes_no_row(
    session: AsyncSession, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    await world.freeze_cycle()

    rows = [(await session.exec(statement)).all() for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS, ALL_DOSSIERS)]

    assert rows == [[], [], []]
    dossier = {"id": new_id(), "cycle_id": new_id(), "person_id": new_id(), "snapshot": {}, "jws": "", "sha256": ""}
    session.add(Dossier(**dossier, frozen_at=world.clock()))
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        await session.flush()


async def test_contact_is_visible_to_handler_of_current_owner_only(
    session: AsyncSession, world: World, contacts: dict[str, Problem]
) -> None:
    handler = await somebody(session, Role.HANDLER, world.county.town)
    neighbour = await somebody(session, Role.HANDLER, world.county.beside)
    above = await somebody(session, Role.HANDLER, world.county.root)
    await session.commit()

    async def visible(person: Person, purpose: Purpose = Purpose.REVEAL) -> set[UUID]:
        return await visible_ids(session, purpose, person.id, world.clock, ALL_CONTACTS)

    assert await visible(handler) == {contacts["town"].id}
    assert await visible(neighbour) == {contacts["beside"].id}
    for person in (above, world.county.officer, world.county.administrator, world.county.cadre):
        assert await visible(person) == set()
    for purpose in (Purpose.READ, Purpose.RECEIVE):
        assert await visible(handler, purpose) == set()


async def test_household_is_visible_to_leader_of_open_contact_point_only(
    session: AsyncSession, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    async def visible(person: Person, purpose: Purpose = Purpose.KEEP, statement: Any = ALL_HOUSEHOLDS) -> set[UUID]:
        return await visible_ids(session, purpose, person.id, world.clock, statement)

    assert await visible(world.county.cadre) == {points["own"].id}
    assert await visible(world.county.neighbour) == {points["other"].id}
    for person in (world.county.officer, world.county.administrator, world.county.secretary):
        assert await visible(person) == set()
    for purpose in set(Purpose) - {Purpose.KEEP, Purpose.FORGET, Purpose.UPKEEP}:
        assert await visible(world.county.cadre, purpose) == set()
    for statement in (ALL_CONTACTS, ALL_DOSSIERS):
        assert await visible(world.county.cadre, statement=statement) == set()


@pytest.mark.parametrize("whose", ["other", "ended"])
async def test_household_in_foreign_or_ended_contact_point_is_refused(
    session: AsyncSession, world: World, points: dict[str, ContactPoint], whose: str
) -> None:
    actor = Actor(world.county.cadre.id, None, Permission.CONTACT_HOUSEHOLD_KEEP, world.clock())
    await set_rls_purpose(session, Purpose.KEEP, actor)

    agreed = {"agreed_on": TODAY, "notice_version": "1", "added_at": START}
    row = ContactHousehold(
        id=new_id(), contact_point_id=points[whose].id, name=b"n", phone=b"p", request_fingerprint=b"", **agreed
    )
    session.add(row)

    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        await session.flush()


async def test_purpose_forget_deletes_only_households_of_ended_contact_points(
    session: AsyncSession, points: dict[str, ContactPoint]
) -> None:
    fixture_ids = {point.id for point in points.values()}

    await set_rls_purpose(session, Purpose.FORGET)
    await session.exec(sa.delete(ContactHousehold))
    await set_rls_purpose(session, Purpose.UPKEEP)
    remaining = {row.contact_point_id for row in (await session.exec(ALL_HOUSEHOLDS)).all()}

    assert remaining & fixture_ids == {points["own"].id, points["other"].id}


async def test_purpose_is_cleared_after_one_statement(
    session: AsyncSession, world: World, contacts: dict[str, Problem]
) -> None:
    handler = await somebody(session, Role.HANDLER, world.county.town)
    await session.flush()

    first = await visible_ids(session, Purpose.REVEAL, handler.id, world.clock, ALL_CONTACTS)
    after = (await session.exec(ALL_CONTACTS)).all()

    assert (first, after) == ({contacts["town"].id}, [])


async def test_posting_shows_rows_from_its_start_up_to_its_end(
    session: AsyncSession, world: World, contacts: dict[str, Problem], clock: FakeClock
) -> None:
    person = await build.a_person(session)
    begins, ends = clock.move(minutes=5), clock.move(minutes=5)
    await build.a_posting(session, person, world.county.town, Role.HANDLER, valid_from=begins, valid_until=ends)
    clock.move(minutes=-10)
    visible_counts = []

    for _ in range(3):
        visible_counts.append(len(await visible_ids(session, Purpose.REVEAL, person.id, clock, ALL_CONTACTS)))
        clock.move(minutes=5)

    assert visible_counts == [0, 1, 0]


async def test_dossier_is_visible_to_person_superior_officers_and_receiver(session: AsyncSession, world: World) -> None:
    url = await world.freeze_cycle()
    all_persons = {world.county.cadre.id, world.county.officer.id}
    person_ids = (await session.exec(select(Person.id).where(Person.name == "某同志"))).all()
    receivers = [person_id for person_id in person_ids if await _receives(session, world, person_id, url)]

    async def visible(person_id: UUID, purpose: Purpose = Purpose.READ) -> set[UUID]:
        rows = ALL_DOSSIERS.where(Dossier.cycle_id == UUID(url[-36:]))
        return await visible_ids(session, purpose, person_id, world.clock, rows)

    assert await visible(world.county.cadre.id) == {world.county.cadre.id}
    assert await visible(world.county.officer.id) == all_persons
    for stranger in (world.county.administrator, world.county.neighbour, world.county.secretary):
        assert await visible(stranger.id) == set()
        assert await visible(stranger.id, Purpose.RECEIVE) == set()
    assert len(receivers) == 1
    assert await visible(receivers[0], Purpose.RECEIVE) == all_persons
    assert await visible(receivers[0]) == set()


@pytest.mark.parametrize("wrong", [None, "purpose", "organisation", "ended", "closed", "state"])
async def test_frozen_dossier_is_visible_to_assessment_client_of_receiver(
    session: AsyncSession, world: World, wrong: str | None
) -> None:
    cycle = await session.get_one(AssessmentCycle, UUID((await world.freeze_cycle())[-36:]))
    client = a_service_client((world.county.town if wrong == "organisation" else world.receiver).id)
    client.purpose = ClientPurpose.COMMUNITY_RECEIVER if wrong == "purpose" else ClientPurpose.ASSESSMENT_SYSTEM
    client.ended_at = START if wrong == "ended" else None
    world.receiver.valid_until = START if wrong == "closed" else None
    if wrong == "state":
        cycle.state, cycle.frozen_at = CycleState.COLLECTING, None
    session.add_all([client, world.receiver, cycle])
    await session.flush()

    rows_for = partial(visible_ids, session, actor_id=client.id, clock=world.clock, statement=ALL_DOSSIERS)
    received = await rows_for(purpose=Purpose.RECEIVE, client_of=world.receiver.id)
    others = [
        await rows_for(purpose=Purpose.READ, client_of=world.receiver.id),
        await rows_for(purpose=Purpose.RECEIVE),
    ]

    assert received == (set() if wrong else {world.county.cadre.id, world.county.officer.id})
    assert others == [set(), set()]


async def _receives(session: AsyncSession, world: World, person_id: UUID, url: str) -> bool:
    rows = ALL_DOSSIERS.where(Dossier.cycle_id == UUID(url[-36:]))
    return bool(await visible_ids(session, Purpose.RECEIVE, person_id, world.clock, rows))


async def test_purpose_ends_with_its_transaction_on_the_same_connection(
    engine: AsyncEngine, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    async with engine.connect() as connection, AsyncSession(connection) as session:
        await set_rls_purpose(session, Purpose.UPKEEP)
        visible_before = [
            len((await session.exec(statement)).all()) >= 3 for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS)
        ]
        await session.commit()

        visible_after = [len((await session.exec(statement)).all()) for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS)]

    assert (visible_before, visible_after) == ([True, True], [0, 0])


def test_policies_name_the_same_roles_as_the_code(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url) as connection:
        policies = dict(connection.execute("SELECT policyname, qual FROM pg_policies WHERE cmd = 'SELECT'").fetchall())

    calls = {
        name: re.findall(r"(has_role_over|client_serves)\('\{([a-z_,]+)\}'", qual) for name, qual in policies.items()
    }
    roles = {
        name: {role for function, names in pairs if function == "has_role_over" for role in names.split(",")}
        for name, pairs in calls.items()
    }
    purposes = {
        name: names.split(",")
        for name, pairs in calls.items()
        for function, names in pairs
        if function == "client_serves"
    }
    assert purposes == {"received": purposes_with(Permission.DOSSIER_RECEIVE)}
    assert roles == {
        "revealed_to_handler": set(roles_with(Permission.PROBLEM_REVEAL, Reach.ORGANISATION)),
        "read_by_person_or_officer": set(roles_with(Permission.DOSSIER_READ, Reach.SUBTREE)),
        "looked_up_by_desk": set(roles_with(Permission.PROBLEM_LOOK_UP, Reach.SUBTREE)),
        "received": set(roles_with(Permission.DOSSIER_RECEIVE, Reach.ORGANISATION)),
    }
    for permission in (Permission.PROBLEM_REVEAL, Permission.DOSSIER_READ, Permission.DOSSIER_RECEIVE):
        assert len(roles_with(permission)) == len(roles_with(permission, Reach.ORGANISATION, Reach.SUBTREE))


def test_purpose_upkeep_is_used_only_in_listed_modules() -> None:
    root = Path(__file__).parents[3]
    modules = {
        path.relative_to(root).as_posix()
        for folder in ("routers", "service")
        for path in (root / folder).rglob("*.py")
        if "Purpose.UPKEEP" in path.read_text()
    }

    # each module here was decided on: freezing writes and counts dossiers, the audit compares every row with its digest
    assert modules == {
        "routers/foundation/chains_cli.py",
        "service/judgement/assessments/actions.py",
        "service/judgement/assessments/queries.py",
        "service/operations/privacy/purge.py",
        "service/operations/privacy/rotation.py",
    }


async def test_backup_contains_protected_rows_and_restore_keeps_policies(
    session: AsyncSession,
    world: World,
    contacts: dict[str, Problem],
    settings: Settings,
    restored: Settings,
    tmp_path: Path,
) -> None:
    assert await session.get(ProblemCategory, "assessed") is not None
    await session.close()
    count_contacts = "SELECT count(*) FROM problem_contact"

    dump(settings.owner_database_url, tmp_path / "backup")
    restore(restored.owner_database_url, tmp_path / "backup")

    with psycopg.connect(settings.owner_database_url) as before, psycopg.connect(restored.owner_database_url) as after:
        assert before.execute(count_contacts).fetchone() == after.execute(count_contacts).fetchone() != (0,)
    with psycopg.connect(restored.database_url) as service:
        assert service.execute(count_contacts).fetchone() == (0,)
