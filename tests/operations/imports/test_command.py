"""`grassroots import`: the import of the API, run from the command line with a local file."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession
from typer.testing import CliRunner, Result

from routers.cli import cli
from routers.operations import imports_cli as file_imports
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.imports import Importing, organisations, people


@pytest.fixture
def command_settings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(file_imports, "settings", lambda: settings)


async def run(*arguments: str | Path) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, ["import", *map(str, arguments)])


@pytest.mark.usefixtures("command_settings")
async def test_command_shows_diff_and_apply_merges_it(
    importing: Importing, session: AsyncSession, tmp_path: Path
) -> None:
    code, file = new_id().hex[-12:], tmp_path / "units.csv"
    file.write_bytes(organisations((code, "某局", "机关", "")))

    first = await run("organisations", file, "--below", importing.county.town.id)
    before = await build.count(session, Organisation, code=code)
    applied = await run("apply", first.stdout.rsplit("apply ", 1)[-1].strip())

    assert (first.exit_code, before, applied.exit_code) == (0, 0, 0), first.output + applied.output
    assert "added 1" in applied.stdout
    assert await build.count(session, Organisation, code=code) == 1


@pytest.mark.usefixtures("command_settings")
async def test_command_prints_issues_in_both_languages_and_writes_results(
    importing: Importing, session: AsyncSession, tmp_path: Path
) -> None:
    code, number = new_id().hex[-12:], new_id().hex[-12:]
    file, results = tmp_path / "people.csv", tmp_path / "results.csv"
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    file.write_bytes(people((number, "张三", code, "干部"), (number + "x", "李四", "nowhere", "干部")))

    refused = await run("people", file, "--below", importing.county.town.id, "--apply", "--results", results)
    accepted = await run("people", file, "--below", importing.county.town.id, "--mode", "good_rows", "--apply")

    assert (refused.exit_code, accepted.exit_code) == (1, 0)
    assert "没有代码为“nowhere”的组织" in refused.output
    assert "There is no organisation 'nowhere'" in refused.output
    assert "import.organisation_unknown" in results.read_text("utf-8-sig")
    assert await build.count(session, Person, staff_number=number) == 1


@pytest.mark.usefixtures("command_settings")
async def test_command_with_unknown_organisation_fails_and_names_it(importing: Importing, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(organisations())

    answer = await run("organisations", file, "--below", "nowhere")

    assert answer.exit_code == 1
    assert "nowhere" in answer.output
