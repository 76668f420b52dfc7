"""Key rotation: an interrupted run continues, and no version, event or digest changes."""

import os
import signal
import subprocess
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.columns import BlindIndex, Encrypted
from service.foundation.crypto import Keys, KeysUnusable, add_field_key, create_keys, load_keys, renew_index_key
from service.foundation.events import edited_rows
from service.foundation.events.tables import Event
from service.foundation.settings import Settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.privacy import rotation
from service.operations.worker.rotation import rotate
from service.solving.problems.tables import Problem, ProblemContact
from service.tables import METADATA
from tests import build
from tests.build.commands import PROCESS, run_command
from tests.build.contact_points import a_contact_point, a_household
from tests.conftest import ROOT
from tests.solving.problems.conftest import CONTACT, World, raise_problem


@pytest.fixture(scope="module")
def keys_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys for this module only."""
    directory = tmp_path_factory.mktemp("rotated")
    create_keys(directory)
    return directory


@pytest.fixture(autouse=True)
async def contacts(world: World) -> None:
    for number in range(6):
        await raise_problem(world, contact=CONTACT | {"phone": f"1391234567{number}"})


async def rows(session: AsyncSession) -> list[ProblemContact]:
    session.expire_all()
    await set_rls_purpose(session, Purpose.UPKEEP)
    return list((await session.exec(select(ProblemContact))).all())


def phones(keys: Keys, existing: list[ProblemContact]) -> set[str]:
    return {keys.decrypt(row.phone, "problem_contact.phone") for row in existing}


ROTATE = [*PROCESS, "keys", "rotate"]
ALL = {f"1391234567{number}" for number in range(6)}


def silent(column: str, rows: int) -> None:
    pass


@pytest.fixture
def environment(settings: Settings, keys_directory: Path) -> dict[str, str]:
    variables = {"DATABASE_URL": settings.database_url, "GRASSROOTS_KEYS_DIRECTORY": str(keys_directory)}
    return os.environ | variables | {"GRASSROOTS_FIELD_CIPHER": "sm4-gcm"}


async def test_killed_rotation_leaves_readable_values_and_second_run_finishes(
    keys_directory: Path,
    environment: dict[str, str],
    settings: Settings,
    engine: AsyncEngine,
    session: AsyncSession,
    keys: Keys,
) -> None:
    newest = add_field_key(keys_directory)
    with psycopg.connect(settings.owner_database_url) as other:
        # locks the last row, so that the command cannot finish before it is killed
        other.execute("SELECT set_config('grassroots.purpose', 'upkeep', true)")
        other.execute("SELECT FROM problem_contact ORDER BY problem_id DESC LIMIT 1 FOR UPDATE")
        output = _kill_after(2, [*ROTATE, "--chunk", "1"], environment)

    halfway = {row.name[0] & 0x7F for row in await rows(session)}
    half_read = phones(keys, await rows(session))
    await session.rollback()
    needed = await rotate(engine, load_keys(keys_directory, "sm4-gcm"), silent, 2)

    assert output == ["problem_contact.name: 1\n", "problem_contact.name: 2\n"]
    assert (halfway, half_read, newest) == ({1, 2}, ALL, "field-2.key")
    assert needed == {2}
    assert {row.phone[:3] for row in await rows(session)} == {b"\x02\x00\x02"}
    assert phones(keys, await rows(session)) == ALL


def _kill_after(lines: int, arguments: list[str], environment: dict[str, str]) -> list[str]:
    """Kill the command after it printed this many lines; return the lines."""
    with subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    return output


async def test_rotation_changes_no_version_event_or_digest(
    keys_directory: Path, engine: AsyncEngine, session: AsyncSession
) -> None:
    add_field_key(keys_directory)
    before = (await build.count(session, Event), (await session.exec(select(Problem.version))).all())
    await session.rollback()

    await rotate(engine, load_keys(keys_directory), silent)

    assert (await build.count(session, Event), (await session.exec(select(Problem.version))).all()) == before
    assert await edited_rows.find_edited_rows(session, Problem) == []


async def test_rotation_with_missing_key_stops_and_changes_nothing(
    keys_directory: Path, tmp_path: Path, engine: AsyncEngine, session: AsyncSession
) -> None:
    await rotate(engine, load_keys(keys_directory), silent)
    before = [row.phone for row in await rows(session)]
    await session.rollback()
    create_keys(tmp_path)
    (tmp_path / "field-1.key").rename(tmp_path / "field-99.key")

    with pytest.raises(KeysUnusable, match="is missing"):
        await rotate(engine, load_keys(tmp_path), silent)

    assert [row.phone for row in await rows(session)] == before


async def test_new_index_key_renews_every_blind_index(
    keys_directory: Path, engine: AsyncEngine, session: AsyncSession
) -> None:
    old = load_keys(keys_directory)
    renew_index_key(keys_directory)
    new = load_keys(keys_directory)

    await rotate(engine, new, silent, 4)

    indexes = {row.phone_index for row in await rows(session)}
    assert indexes == {new.blind(phone) for phone in ALL}
    assert old.index_head != new.index_head


async def test_household_contact_is_rotated(
    world: World, keys_directory: Path, engine: AsyncEngine, session: AsyncSession
) -> None:
    old = load_keys(keys_directory)
    session.add(point := a_contact_point(world.cadre, world.place))
    await session.flush()
    row = await a_household(session, point)
    row.name, row.phone = [old.encrypt(value, f"contact_household.{name}") for name, value in CONTACT.items()]
    await session.commit()
    add_field_key(keys_directory)
    new = load_keys(keys_directory)

    await rotate(engine, new, silent)

    await set_rls_purpose(session, Purpose.UPKEEP)
    await session.refresh(row)
    assert (row.name[:3], row.phone[:3]) == (new.field.head, new.field.head)
    assert new.decrypt(row.phone, "contact_household.phone") == CONTACT["phone"]


def test_rotate_command_names_key_files_no_longer_needed(keys_directory: Path, environment: dict[str, str]) -> None:
    add_field_key(keys_directory)
    process = run_command("keys", "rotate", **environment)

    assert process.returncode == 0, process.stderr
    newest = max(int(path.stem.removeprefix("field-")) for path in keys_directory.glob("field-*.key"))
    assert "field-1.key 已无数据使用" in process.stdout
    assert f"field-{newest}.key" not in process.stdout


def test_encrypted_columns_are_found_by_their_type() -> None:
    encrypted = {rotation.column_path(column) for column in rotation.encrypted_columns()}
    indexes = {rotation.column_path(column): column.type.of for column in rotation.index_columns()}  # type: ignore[attr-defined]  # BlindIndex has `of`

    assert {"problem_contact.name", "problem_contact.phone", "endpoint_secret.secret"} <= encrypted
    assert indexes["problem_contact.phone_index"] == "phone"
    keyed = [table for table in METADATA.sorted_tables for column in table.columns if _is_keyed(column.type)]
    assert all(len(table.primary_key.columns) == 1 for table in keyed)
    assert UUID(int=0) == rotation.FIRST_ID


def _is_keyed(kind: object) -> bool:
    return isinstance(kind, Encrypted | BlindIndex)
