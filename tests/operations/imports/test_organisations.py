"""Import of organisations: parents before children; nothing is moved or removed."""

import asyncio
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import OrganisationKind, OrganisationParentUpdate, Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.organisations.moves import move_organisation
from service.identity.tree.tables import Organisation, OrganisationFormerName
from tests import build
from tests.build.county import somebody
from tests.build.imports import Importing, a_csv, organisations
from tests.build.tree import wrong_paths


def codes(number: int) -> list[str]:
    """Unique codes."""
    stem = new_id().hex[-10:]
    return [f"{stem}-{index}" for index in range(number)]


async def test_checked_file_changes_nothing_until_confirmed(importing: Importing, session: AsyncSession) -> None:
    office, station = codes(2)
    file = organisations((station, "某站", "事业单位", office), (office, "某局", "机关", ""))

    url, checked = await importing.upload_and_check("organisations", file)

    assert (checked["state"], checked["added"], checked["refused"]) == ("checked", 2, 0)
    assert [row["outcome"] for row in await importing.rows(url)] == ["added", "added"]
    assert (await session.exec(select(Organisation).where(col(Organisation.code).in_([office, station])))).all() == []


async def test_confirmed_file_adds_organisations_with_events(importing: Importing, session: AsyncSession) -> None:
    office, station = codes(2)
    file = organisations((station, "某站", "事业单位", office), (office, "某局", "机关", ""))

    _, result = await importing.import_file("organisations", file)

    above = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    below = (await session.exec(select(Organisation).where(Organisation.code == station))).one()
    events = (await session.exec(select(Event.name).where(col(Event.subject_id).in_([above.id, below.id])))).all()
    assert (result["state"], result["added"]) == ("applied", 2)
    assert (above.parent_id, below.parent_id) == (importing.county.town.id, above.id)
    assert below.path == f"{importing.county.town.path}.{above.id.hex}.{below.id.hex}"
    assert (below.kind, events) == (OrganisationKind.INSTITUTION, ["organisation.created"] * 2)


async def test_repeated_file_changes_nothing(importing: Importing) -> None:
    file = organisations(*[(code, "某局", "机关", "") for code in codes(3)])
    await importing.import_file("organisations", file)

    _, again = await importing.import_file("organisations", file)

    assert (again["unchanged"], again["added"], again["changed"]) == (3, 0, 0)


async def test_changed_name_is_in_diff_and_kept_as_former_name(importing: Importing, session: AsyncSession) -> None:
    (code,) = codes(1)
    await importing.import_file("organisations", organisations((code, "民政科", "机关", "")))

    url, _ = await importing.upload_and_check("organisations", organisations((code, "民政局", "机关", "")))
    (row,) = await importing.rows(url)
    await importing.confirm(url)
    await importing.apply(url)

    assert row["changes"] == [{"field": "name", "before": "民政科", "after": "民政局"}]
    existing = (await session.exec(select(Organisation).where(Organisation.code == code))).one()
    assert (existing.name, existing.version) == ("民政局", 2)
    assert await build.count(session, OrganisationFormerName, organisation_id=existing.id, name="民政科") == 1


async def test_each_bad_row_has_its_issue(importing: Importing) -> None:
    first, second, third, fourth, fifth, cycle_a, cycle_b = codes(7)
    file = organisations(
        (first, "", "机关", ""),
        (second, "某局", "分店", ""),
        (third, "某局", "机关", "nobody"),
        (fourth, "某支部", "党支部", ""),
        (fifth, "某局", "机关", third),
        (cycle_a, "甲", "机关", cycle_b),
        (cycle_b, "乙", "机关", cycle_a),
        (first, "某局", "机关", ""),
    )

    url, checked = await importing.upload_and_check("organisations", file)

    assert (checked["state"], checked["refused"]) == ("refused", 8)
    assert checked["issues"][0]["code"] == "import.rows_refused"
    assert await importing.issues(url) == [
        (2, "name", "import.value_missing"),
        (2, None, "import.key_repeated"),
        (3, "kind", "import.choice_unknown"),
        (4, "parent_code", "import.parent_unknown"),
        (5, "parent_code", "import.family_mixed"),
        (6, "parent_code", "import.parent_refused"),
        (7, "parent_code", "import.parent_cycle"),
        (8, "parent_code", "import.parent_cycle"),
        (9, None, "import.key_repeated"),
    ]


async def test_mode_good_rows_adds_good_rows_and_refuses_bad_ones(importing: Importing, session: AsyncSession) -> None:
    good, bad = codes(2)
    file = organisations((good, "某局", "机关", ""), (bad, "某局", "分店", ""))

    _, result = await importing.import_file("organisations", file, mode="good_rows")

    assert (result["added"], result["refused"]) == (1, 1)
    assert await build.count(session, Organisation, code=good) == 1
    assert await build.count(session, Organisation, code=bad) == 0


async def test_organisation_missing_in_complete_file_is_listed_and_kept(
    importing: Importing, session: AsyncSession
) -> None:
    listed, missing = codes(2)
    await importing.import_file("organisations", organisations((listed, "甲", "机关", ""), (missing, "乙", "机关", "")))

    url, result = await importing.import_file(
        "organisations", organisations((listed, "甲", "机关", "")), is_complete=True
    )

    rows = await importing.rows(url, outcome="missing")
    existing = (await session.exec(select(Organisation).where(Organisation.code == missing))).one()
    assert result["missing"] == len(rows) >= 1
    assert str(existing.id) in {row["subject_id"] for row in rows}


async def test_code_used_outside_scope_is_refused(importing: Importing, session: AsyncSession) -> None:
    (code,) = codes(1)
    await build.an_organisation(session, under=importing.county.beside, code=code, name="别处")
    await session.commit()

    url, _ = await importing.upload_and_check("organisations", organisations((code, "这里", "机关", "")))

    assert await importing.issues(url) == [(2, "code", "import.code_used_elsewhere")]


async def test_changed_kind_or_parent_is_refused(importing: Importing) -> None:
    office, station = codes(2)
    rows = [(office, "某局", "机关", ""), (station, "某站", "事业单位", office)]
    await importing.import_file("organisations", organisations(*rows))

    other = [(office, "某局", "企业", ""), (station, "某站", "事业单位", "")]
    url, _ = await importing.upload_and_check("organisations", a_csv(("code", "name", "kind", "parent_code"), *other))

    assert await importing.issues(url) == [(2, "kind", "import.kind_changed")]


async def test_row_of_or_below_closed_organisation_is_refused(importing: Importing, session: AsyncSession) -> None:
    closed, child = codes(2)
    at = importing.clock()
    await build.an_organisation(session, under=importing.county.town, code=closed, valid_until=at)
    await session.commit()

    rows = ((closed, "甲", "机关", ""), (child, "乙", "机关", closed))
    url, _ = await importing.upload_and_check("organisations", organisations(*rows[:1]))
    below, _ = await importing.upload_and_check("organisations", organisations(*rows[1:]))

    assert await importing.issues(url) == [(2, "code", "organisation.is_closed")]
    assert await importing.issues(below) == [(2, "parent_code", "organisation.is_closed")]


async def test_import_during_move_writes_paths_below_new_parent(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    county = importing.county
    above, below = codes(2)
    top = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    community = await session.get_one(Organisation, county.community.id)
    community.code = above
    await session.commit()
    url, _ = await importing.upload_and_check("organisations", organisations((below, "某站", "事业单位", above)))
    await importing.confirm(url)

    actor = Actor(top.id, None, Permission.ORGANISATION_WRITE, importing.clock())
    update = OrganisationParentUpdate(parent_id=county.beside.id)
    await move_organisation(session, actor, community.id, update, community.version)
    merge = asyncio.create_task(importing.apply(url))
    await wait_for_tree_lock(engine, merge)
    await session.commit()
    await merge

    added = (await session.exec(select(Organisation).where(Organisation.code == below))).one()
    assert added.path == f"{county.beside.path}.{community.id.hex}.{added.id.hex}"
    assert await wrong_paths(session) == []


async def wait_for_tree_lock(engine: AsyncEngine, task: asyncio.Task[Any]) -> None:
    """Return when a transaction waits for the tree lock, or the task has ended."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND NOT granted")
    async with asyncio.timeout(20), engine.connect() as connection:
        while not task.done():
            if await connection.scalar(waiting, {"key": AdvisoryLock.ORGANISATION_TREE.value}):
                return
            await asyncio.sleep(0.02)
