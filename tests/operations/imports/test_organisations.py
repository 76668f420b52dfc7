"""Organisations from a file: shown first, then merged exactly so; parents before children, nothing moved or removed."""

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
    """Codes that no other test has."""
    stem = new_id().hex[-10:]
    return [f"{stem}-{place}" for place in range(number)]


async def test_a_file_is_shown_and_changes_nothing_until_it_is_confirmed(
    importing: Importing, session: AsyncSession
) -> None:
    office, station = codes(2)
    file = organisations((station, "某站", "事业单位", office), (office, "某局", "机关", ""))

    url, shown = await importing.checked("organisations", file)

    assert (shown["state"], shown["added"], shown["refused"]) == ("checked", 2, 0)
    assert [row["outcome"] for row in await importing.rows(url)] == ["added", "added"]
    assert (await session.exec(select(Organisation).where(col(Organisation.code).in_([office, station])))).all() == []


async def test_a_confirmed_file_is_in_the_tree_with_an_event_for_each(
    importing: Importing, session: AsyncSession
) -> None:
    office, station = codes(2)
    file = organisations((station, "某站", "事业单位", office), (office, "某局", "机关", ""))

    _, done = await importing.applied("organisations", file)

    above = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    below = (await session.exec(select(Organisation).where(Organisation.code == station))).one()
    told = (await session.exec(select(Event.name).where(col(Event.subject_id).in_([above.id, below.id])))).all()
    assert (done["state"], done["added"]) == ("applied", 2)
    assert (above.parent_id, below.parent_id) == (importing.county.town.id, above.id)
    assert below.path == f"{importing.county.town.path}.{above.id.hex}.{below.id.hex}"
    assert (below.kind, told) == (OrganisationKind.INSTITUTION, ["organisation.created"] * 2)


async def test_the_same_file_again_changes_nothing(importing: Importing) -> None:
    file = organisations(*[(code, "某局", "机关", "") for code in codes(3)])
    await importing.applied("organisations", file)

    _, again = await importing.applied("organisations", file)

    assert (again["unchanged"], again["added"], again["changed"]) == (3, 0, 0)


async def test_a_changed_name_is_shown_from_and_to(importing: Importing, session: AsyncSession) -> None:
    (code,) = codes(1)
    await importing.applied("organisations", organisations((code, "民政科", "机关", "")))

    url, _ = await importing.checked("organisations", organisations((code, "民政局", "机关", "")))
    (row,) = await importing.rows(url)
    await importing.confirmed(url)
    await importing.apply(url)

    assert row["changes"] == [{"field": "name", "before": "民政科", "after": "民政局"}]
    existing = (await session.exec(select(Organisation).where(Organisation.code == code))).one()
    assert (existing.name, existing.version) == ("民政局", 2)
    assert await build.count(session, OrganisationFormerName, organisation_id=existing.id, name="民政科") == 1


async def test_each_bad_row_says_where_and_what(importing: Importing) -> None:
    one, two, three, four, five, circle, round_it = codes(7)
    file = organisations(
        (one, "", "机关", ""),
        (two, "某局", "分店", ""),
        (three, "某局", "机关", "nobody"),
        (four, "某支部", "党支部", ""),
        (five, "某局", "机关", three),
        (circle, "甲", "机关", round_it),
        (round_it, "乙", "机关", circle),
        (one, "某局", "机关", ""),
    )

    url, shown = await importing.checked("organisations", file)

    assert (shown["state"], shown["refused"]) == ("refused", 8)
    assert shown["issues"][0]["code"] == "import.rows_refused"
    assert await importing.issues(url) == [
        (2, "name", "import.value_missing"),
        (2, None, "import.key_repeated"),
        (3, "kind", "import.choice_unknown"),
        (4, "parent_code", "import.parent_unknown"),
        (5, "parent_code", "import.family_mixed"),
        (6, "parent_code", "import.parent_refused"),
        (7, "parent_code", "import.parents_in_circle"),
        (8, "parent_code", "import.parents_in_circle"),
        (9, None, "import.key_repeated"),
    ]


async def test_good_rows_go_in_beside_bad_ones_if_that_was_asked(importing: Importing, session: AsyncSession) -> None:
    good, bad = codes(2)
    file = organisations((good, "某局", "机关", ""), (bad, "某局", "分店", ""))

    _, done = await importing.applied("organisations", file, mode="good_rows")

    assert (done["added"], done["refused"]) == (1, 1)
    assert await build.count(session, Organisation, code=good) == 1
    assert await build.count(session, Organisation, code=bad) == 0


async def test_what_a_complete_file_does_not_name_is_listed_and_stays(
    importing: Importing, session: AsyncSession
) -> None:
    named, left_out = codes(2)
    await importing.applied("organisations", organisations((named, "甲", "机关", ""), (left_out, "乙", "机关", "")))

    url, done = await importing.applied("organisations", organisations((named, "甲", "机关", "")), is_complete=True)

    rows = await importing.rows(url, outcome="missing")
    existing = (await session.exec(select(Organisation).where(Organisation.code == left_out))).one()
    assert done["missing"] == len(rows) >= 1
    assert str(existing.id) in {row["subject_id"] for row in rows}


async def test_a_code_of_another_branch_is_not_touched(importing: Importing, session: AsyncSession) -> None:
    (code,) = codes(1)
    await build.an_organisation(session, under=importing.county.beside, code=code, name="别处")
    await session.commit()

    url, _ = await importing.checked("organisations", organisations((code, "这里", "机关", "")))

    assert await importing.issues(url) == [(2, "code", "import.code_elsewhere")]


async def test_kind_and_parent_on_record_are_not_changed_by_a_file(importing: Importing) -> None:
    office, station = codes(2)
    rows = [(office, "某局", "机关", ""), (station, "某站", "事业单位", office)]
    await importing.applied("organisations", organisations(*rows))

    other = [(office, "某局", "企业", ""), (station, "某站", "事业单位", "")]
    url, _ = await importing.checked("organisations", a_csv(("code", "name", "kind", "parent_code"), *other))

    assert await importing.issues(url) == [(2, "kind", "import.kind_changed")]


async def test_nothing_begins_in_or_below_what_was_closed(importing: Importing, session: AsyncSession) -> None:
    closed, child = codes(2)
    at = importing.clock()
    await build.an_organisation(session, under=importing.county.town, code=closed, valid_until=at)
    await session.commit()

    rows = ((closed, "甲", "机关", ""), (child, "乙", "机关", closed))
    url, _ = await importing.checked("organisations", organisations(*rows[:1]))
    below, _ = await importing.checked("organisations", organisations(*rows[1:]))

    assert await importing.issues(url) == [(2, "code", "organisation.is_closed")]
    assert await importing.issues(below) == [(2, "parent_code", "organisation.is_closed")]


async def test_an_import_during_a_move_writes_paths_below_the_new_parent(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    county = importing.county
    above, below = codes(2)
    top = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    community = await session.get_one(Organisation, county.community.id)
    community.code = above
    await session.commit()
    url, _ = await importing.checked("organisations", organisations((below, "某站", "事业单位", above)))
    await importing.confirmed(url)

    actor = Actor(top.id, None, Permission.ORGANISATION_WRITE, importing.clock())
    update = OrganisationParentUpdate(parent_id=county.beside.id)
    await move_organisation(session, actor, community.id, update, community.version)
    merge = asyncio.create_task(importing.apply(url))
    await waiting_for_the_tree(engine, merge)
    await session.commit()
    await merge

    added = (await session.exec(select(Organisation).where(Organisation.code == below))).one()
    assert added.path == f"{county.beside.path}.{community.id.hex}.{added.id.hex}"
    assert await wrong_paths(session) == []


async def waiting_for_the_tree(engine: AsyncEngine, task: asyncio.Task[Any]) -> None:
    """Return when somebody waits for the lock on the tree, or the task has ended."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND NOT granted")
    async with asyncio.timeout(20), engine.connect() as connection:
        while not task.done():
            if await connection.scalar(waiting, {"key": AdvisoryLock.ORGANISATION_TREE.value}):
                return
            await asyncio.sleep(0.02)
