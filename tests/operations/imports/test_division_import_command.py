"""`grassroots import divisions`: output, issues and exit codes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routers.cli import cli
from service.foundation import settings as configuration
from service.foundation.settings import Settings
from tests.build.divisions import SAMPLE, a_division, a_file, a_tree


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    configuration.settings.cache_clear()
    yield
    configuration.settings.cache_clear()


def grassroots(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_command_imports_and_prints_counts() -> None:
    result = grassroots("import", "divisions", SAMPLE, "--as-of", "2023-06-30")

    assert result.exit_code == 0, result.output
    assert "added 1,475, changed 0, unchanged 0, retired 0" in result.stdout
    assert "合并 merge" in result.stdout


def test_command_prints_issues_in_both_languages_and_fails(tmp_path: Path) -> None:
    path = a_file(tmp_path, [*a_tree("91"), a_division("9101")])

    result = grassroots("import", "divisions", path)

    assert result.exit_code == 1
    assert "divisions.csv:9: 区划代码 9101 已在第 3 行出现。" in result.stderr
    assert "The code 9101 is on line 3 already." in result.stderr
    assert "no division was imported" in result.stderr


def test_command_with_missing_file_fails_with_message(tmp_path: Path) -> None:
    result = grassroots("import", "divisions", tmp_path / "nowhere.csv")

    assert result.exit_code == 1
    assert "There is no such file." in result.stderr
