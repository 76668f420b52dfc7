"""The second lock: without a purpose no contact, household or dossier is seen, even by a query that lost its WHERE."""

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
from service.identity.access.permissions import Permission
from service.identity.access.roles import Reach, purposes_with, roles_with
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


async def seen(
    session: AsyncSession,
    purpose: Purpose,
    asker: UUID,
    clock: FakeClock,
    statement: Any,
    client_of: UUID | None = None,
) -> set[UUID]:
    """The problems, persons or contact points whose locked rows a careless statement shows to somebody or a client."""
    actor = Actor(asker, client_of, Permission.PROBLEM_REVEAL, clock())
    rows = await rows_under_rls(session, purpose, actor, statement)
    return {row.get("problem_id") or row.get("contact_point_id") or row["person_id"] for row in rows}


@pytest.fixture
async def contacts(session: AsyncSession, world: World) -> dict[str, Problem]:
    """A problem with a contact in the town, one beside, one closed in the town."""
    made = {}
    organisations = {"town": world.county.town, "beside": world.county.beside, "closed": world.county.town}
    for name, organisation in organisations.items():
        closed = {"state": "closed", "closed_at": clock_of(world)} if name == "closed" else {}
        made[name] = await a_problem(session, world.county.cadre, world.place, owner_id=organisation.id, **closed)
        session.add(ProblemContact(problem_id=made[name].id, name=b"n", phone=b"p", phone_index=b"i"))
    await session.commit()
    return made


@pytest.fixture
async def points(session: AsyncSession, world: World) -> dict[str, ContactPoint]:
    """The cadre's contact point, the neighbour's, one of the cadre's that has ended: a household in each."""
    made = {
        "own": a_contact_point(world.county.cadre, world.place),
        "other": a_contact_point(world.county.neighbour, world.place),
        "ended": a_contact_point(world.county.cadre, world.place, ended_at=START, end_reason="调离"),
    }
    session.add_all(made.values())
    await session.flush()
    for point in made.values():
        await a_household(session, point)
    await session.commit()
    return made


def clock_of(world: World) -> Any:
    return world.clock()


async def test_without_a_purpose_the_service_sees_no_row(
    session: AsyncSession, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    await world.freeze_cycle()

    found = [(await session.exec(statement)).all() for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS, ALL_DOSSIERS)]

    assert found == [[], [], []]
    made = {"id": new_id(), "cycle_id": new_id(), "person_id": new_id(), "snapshot": {}, "jws": "", "sha256": ""}
    session.add(Dossier(**made, frozen_at=world.clock()))
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        await session.flush()


async def test_a_contact_is_shown_to_the_present_owners_handler_alone_whatever_the_query_says(
    session: AsyncSession, world: World, contacts: dict[str, Problem]
) -> None:
    handler = await somebody(session, Role.HANDLER, world.county.town)
    neighbour = await somebody(session, Role.HANDLER, world.county.beside)
    above = await somebody(session, Role.HANDLER, world.county.root)
    await session.commit()

    async def shown(person: Person, purpose: Purpose = Purpose.REVEAL) -> set[UUID]:
        return await seen(session, purpose, person.id, world.clock, ALL_CONTACTS)

    assert await shown(handler) == {contacts["town"].id}
    assert await shown(neighbour) == {contacts["beside"].id}
    for nobody in (above, world.county.officer, world.county.administrator, world.county.cadre):
        assert await shown(nobody) == set()
    for purpose in (Purpose.READ, Purpose.RECEIVE):
        assert await shown(handler, purpose) == set()


async def test_a_household_is_shown_to_the_leader_of_its_living_contact_point_alone(
    session: AsyncSession, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    async def shown(person: Person, purpose: Purpose = Purpose.KEEP, statement: Any = ALL_HOUSEHOLDS) -> set[UUID]:
        return await seen(session, purpose, person.id, world.clock, statement)

    assert await shown(world.county.cadre) == {points["own"].id}
    assert await shown(world.county.neighbour) == {points["other"].id}
    for nobody in (world.county.officer, world.county.administrator, world.county.secretary):
        assert await shown(nobody) == set()
    for purpose in set(Purpose) - {Purpose.KEEP, Purpose.FORGET, Purpose.UPKEEP}:
        assert await shown(world.county.cadre, purpose) == set()
    for statement in (ALL_CONTACTS, ALL_DOSSIERS):
        assert await shown(world.county.cadre, statement=statement) == set()


@pytest.mark.parametrize("whose", ["other", "ended"])
async def test_a_leader_adds_no_household_to_anothers_contact_point_nor_to_one_that_ended(
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


async def test_what_ends_a_contact_point_deletes_its_households_and_none_of_one_that_lives(
    session: AsyncSession, points: dict[str, ContactPoint]
) -> None:
    ours = {point.id for point in points.values()}

    await set_rls_purpose(session, Purpose.FORGET)
    await session.exec(sa.delete(ContactHousehold))
    await set_rls_purpose(session, Purpose.UPKEEP)
    left = {row.contact_point_id for row in (await session.exec(ALL_HOUSEHOLDS)).all()}

    assert left & ours == {points["own"].id, points["other"].id}


async def test_it_is_locked_again_behind_the_one_statement(
    session: AsyncSession, world: World, contacts: dict[str, Problem]
) -> None:
    handler = await somebody(session, Role.HANDLER, world.county.town)
    await session.flush()

    first = await seen(session, Purpose.REVEAL, handler.id, world.clock, ALL_CONTACTS)
    afterwards = (await session.exec(ALL_CONTACTS)).all()

    assert (first, afterwards) == ({contacts["town"].id}, [])


async def test_a_posting_opens_the_lock_from_its_beginning_up_to_its_end(
    session: AsyncSession, world: World, contacts: dict[str, Problem], clock: FakeClock
) -> None:
    person = await build.a_person(session)
    begins, ends = clock.move(minutes=5), clock.move(minutes=5)
    await build.a_posting(session, person, world.county.town, Role.HANDLER, valid_from=begins, valid_until=ends)
    clock.move(minutes=-10)
    opened = []

    for _ in range(3):
        opened.append(len(await seen(session, Purpose.REVEAL, person.id, clock, ALL_CONTACTS)))
        clock.move(minutes=5)

    assert opened == [0, 1, 0]


async def test_a_dossier_is_shown_to_its_person_to_officers_above_and_to_the_receiver(
    session: AsyncSession, world: World
) -> None:
    url = await world.freeze_cycle()
    everybody = {world.county.cadre.id, world.county.officer.id}
    personnel = (await session.exec(select(Person.id).where(Person.name == "某同志"))).all()
    receivers = [one for one in personnel if await _receives(session, world, one, url)]

    async def shown(person_id: UUID, purpose: Purpose = Purpose.READ) -> set[UUID]:
        rows = ALL_DOSSIERS.where(Dossier.cycle_id == UUID(url[-36:]))
        return await seen(session, purpose, person_id, world.clock, rows)

    assert await shown(world.county.cadre.id) == {world.county.cadre.id}
    assert await shown(world.county.officer.id) == everybody
    for stranger in (world.county.administrator, world.county.neighbour, world.county.secretary):
        assert await shown(stranger.id) == set()
        assert await shown(stranger.id, Purpose.RECEIVE) == set()
    assert len(receivers) == 1
    assert await shown(receivers[0], Purpose.RECEIVE) == everybody
    assert await shown(receivers[0]) == set()


@pytest.mark.parametrize("wrong", [None, "purpose", "organisation", "ended", "closed", "state"])
async def test_a_dossier_is_shown_to_the_receivers_assessment_system_once_frozen(
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

    asking = partial(seen, session, asker=client.id, clock=world.clock, statement=ALL_DOSSIERS)
    received = await asking(purpose=Purpose.RECEIVE, client_of=world.receiver.id)
    others = [await asking(purpose=Purpose.READ, client_of=world.receiver.id), await asking(purpose=Purpose.RECEIVE)]

    assert received == (set() if wrong else {world.county.cadre.id, world.county.officer.id})
    assert others == [set(), set()]


async def _receives(session: AsyncSession, world: World, person_id: UUID, url: str) -> bool:
    rows = ALL_DOSSIERS.where(Dossier.cycle_id == UUID(url[-36:]))
    return bool(await seen(session, Purpose.RECEIVE, person_id, world.clock, rows))


async def test_what_one_transaction_opened_the_next_one_on_the_same_connection_finds_locked(
    engine: AsyncEngine, world: World, contacts: dict[str, Problem], points: dict[str, ContactPoint]
) -> None:
    async with engine.connect() as connection, AsyncSession(connection) as session:
        await set_rls_purpose(session, Purpose.UPKEEP)
        opened = [len((await session.exec(statement)).all()) >= 3 for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS)]
        await session.commit()

        after = [len((await session.exec(statement)).all()) for statement in (ALL_CONTACTS, ALL_HOUSEHOLDS)]

    assert (opened, after) == ([True, True], [0, 0])


def test_the_policies_and_the_map_name_the_same_roles(settings: Settings) -> None:
    with psycopg.connect(settings.owner_database_url) as connection:
        policies = dict(connection.execute("SELECT policyname, qual FROM pg_policies WHERE cmd = 'SELECT'").fetchall())

    listed = {name: re.findall(r"(stands_as|acts_as)\('\{([a-z_,]+)\}'", qual) for name, qual in policies.items()}
    named = {
        name: {one for by, ones in found if by == "stands_as" for one in ones.split(",")}
        for name, found in listed.items()
    }
    acting = {name: ones.split(",") for name, found in listed.items() for by, ones in found if by == "acts_as"}
    assert acting == {"received": purposes_with(Permission.DOSSIER_RECEIVE)}
    assert named == {
        "revealed_to_handler": set(roles_with(Permission.PROBLEM_REVEAL, Reach.ORGANISATION)),
        "read_by_person_or_officer": set(roles_with(Permission.DOSSIER_READ, Reach.SUBTREE)),
        "looked_up_by_desk": set(roles_with(Permission.PROBLEM_LOOK_UP, Reach.SUBTREE)),
        "received": set(roles_with(Permission.DOSSIER_RECEIVE, Reach.ORGANISATION)),
    }
    for permission in (Permission.PROBLEM_REVEAL, Permission.DOSSIER_READ, Permission.DOSSIER_RECEIVE):
        assert len(roles_with(permission)) == len(roles_with(permission, Reach.ORGANISATION, Reach.SUBTREE))


def test_upkeep_is_named_by_no_request() -> None:
    root = Path(__file__).parents[3]
    names = {
        path.relative_to(root).as_posix()
        for folder in ("routers", "service")
        for path in (root / folder).rglob("*.py")
        if "Purpose.UPKEEP" in path.read_text()
    }

    # a line here is a decision: freezing writes and counts dossiers, the audit compares every row with its digest
    assert names == {
        "routers/foundation/chains_cli.py",
        "service/judgement/assessments/actions.py",
        "service/judgement/assessments/queries.py",
        "service/operations/privacy/purge.py",
        "service/operations/privacy/rotation.py",
    }


async def test_a_backup_holds_every_locked_row_and_the_restored_database_is_locked_too(
    session: AsyncSession,
    world: World,
    contacts: dict[str, Problem],
    settings: Settings,
    restored: Settings,
    tmp_path: Path,
) -> None:
    assert await session.get(ProblemCategory, "assessed") is not None
    await session.close()
    counted = "SELECT count(*) FROM problem_contact"

    dump(settings.owner_database_url, tmp_path / "backup")
    restore(restored.owner_database_url, tmp_path / "backup")

    with psycopg.connect(settings.owner_database_url) as before, psycopg.connect(restored.owner_database_url) as after:
        assert before.execute(counted).fetchone() == after.execute(counted).fetchone() != (0,)
    with psycopg.connect(restored.database_url) as service:
        assert service.execute(counted).fetchone() == (0,)
