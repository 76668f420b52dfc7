"""The worked example of CONTRIBUTING, "Add a domain", is true: its own files and four edits elsewhere are enough.

The files of the example stand in `example_domain/` under the paths that they would have. The test adds them to a copy
of the project and looks there, in a fresh interpreter, at what the rest of the house knows of it.
"""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.foundation.settings import Settings
from tests.conftest import ROOT

EXAMPLE = Path(__file__).parent / "example_domain"
OWN_FILES = sorted(
    path.relative_to(EXAMPLE).as_posix()
    for path in EXAMPLE.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts and path.name != "conftest.py"
)
COPIED = ("alembic", "routers", "schemas", "service", "tests")


@dataclass(frozen=True)
class Edit:
    """What the example adds to a file that is not its own."""

    path: str
    anchor: str
    """A text that the file contains once."""
    added: str
    """What comes directly after it."""


EDITS = (
    Edit(
        "service/domains.py",
        "from service.ground.contact_points import manifest as contact_points\n",
        "from service.ground.meeting_rooms import manifest as meeting_rooms\n",
    ),
    Edit("service/domains.py", "    contact_points.MANIFEST,\n", "    meeting_rooms.MANIFEST,\n"),
    Edit("routers/app.py", "from routers.ground import contact_points, ", "meeting_rooms, "),
    Edit("routers/app.py", "    contact_points.router,\n", "    meeting_rooms.router,\n"),
    Edit(
        "schemas/events/names.py",
        '    CONTACT_HOUSEHOLD_REMOVED = "contact_household.removed"\n',
        '    MEETING_ROOM_CREATED = "meeting_room.created"\n',
    ),
    Edit(
        "service/identity/access/permissions.py",
        '    CONTACT_HOUSEHOLD_KEEP = "contact_household:keep", "登记联系户"\n',
        '    MEETING_ROOM_READ = "meeting_room:read", "查看会议室"\n'
        '    MEETING_ROOM_WRITE = "meeting_room:write", "登记会议室"\n',
    ),
    Edit(
        "service/identity/access/permissions.py",
        "    P.DIVISION_READ: Reach.JURISDICTION,\n    P.PLACE_READ: Reach.JURISDICTION,\n",
        "    P.MEETING_ROOM_READ: Reach.JURISDICTION,\n",
    ),
    Edit(
        "service/identity/access/permissions.py",
        "        P.CONTACT_POINT_COMMENT: Reach.ORGANISATION,\n",
        "        P.MEETING_ROOM_WRITE: Reach.ORGANISATION,\n",
    ),
)
EDITED = {edit.path for edit in EDITS}
PROGRAM = """
import gc
import json
import sys

gc.disable()
from alembic import command
from alembic.config import Config

from routers.app import document
from schemas.events import CATALOGUE
from service.domains import DOMAINS
from service.ground.meeting_rooms.manifest import MANIFEST
from tests.architecture.test_routes import PUBLIC, routes
from tests.ground.meeting_rooms import test_meeting_rooms
from tests.identity.access.sweep.cases import CASES, CREATE_RECORDS

config = Config(toml_file="pyproject.toml")
config.attributes["url"] = sys.argv[1]
command.upgrade(config, "add_meeting_rooms")
command.check(config)
print(json.dumps({
    "paths": list(document()["paths"]),
    "tables": list(DOMAINS.records),
    "retention": list(DOMAINS.retention),
    "open references": list(DOMAINS.open_references),
    "events": list(CATALOGUE),
    "is listed": any(manifest is MANIFEST for manifest in DOMAINS.manifests),
    "routes without a case": sorted({" ".join(route) for route in routes().keys() - PUBLIC} - {c.route for c in CASES}),
    "own tests": [name for name in vars(test_meeting_rooms) if name.startswith("test_")],
    "creates records": [create.__module__ for create in CREATE_RECORDS],
}))
"""
"""Migrate a database, compare it with the tables, and print what the copy knows of its domains."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example domain added."""
    folder = tmp_path_factory.mktemp("project")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("example_domain"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in OWN_FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLE / name, folder / name)
    for edit in EDITS:
        text = (folder / edit.path).read_text()
        assert text.count(edit.anchor) == 1, f"{edit.path} has changed: give the edit another anchor"
        (folder / edit.path).write_text(text.replace(edit.anchor, edit.anchor + edit.added))
    return folder


def run_in(project: Path, *command: str | Path) -> str:
    """The output of a command in the copy. Raises AssertionError with it when the command fails."""
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def section() -> str:
    """The section "Add a domain" of CONTRIBUTING."""
    return (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a domain\n")[2].partition("\n## ")[0]


def files_outside(section: str) -> list[str]:
    """The files in the first column of the section's table, those outside the domain."""
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall("`([^`]+)`", cell)]


def test_page_names_exactly_the_files_outside_that_the_example_edits() -> None:
    named = files_outside(section())

    assert len(named) <= 4
    assert sorted(named) == sorted(EDITED)


def test_page_names_every_own_file_of_the_example() -> None:
    text = section()

    assert len(OWN_FILES) > 10
    assert [name for name in OWN_FILES if not is_named(name, text)] == []


def is_named(name: str, text: str) -> bool:
    """Whether the text names the file, or its folder and then the file."""
    folder, _, file = name.rpartition("/")
    return f"`{name}`" in text or (f"`{folder}/`" in text and (f"`{file}`" in text or file == "__init__.py"))


def test_example_is_complete_with_the_edits_outside(project: Path, settings: Settings) -> None:
    printed = run_in(project, sys.executable, "-c", PROGRAM, settings.owner_database_url)

    found = json.loads(printed.splitlines()[-1])

    assert found["routes without a case"] == []
    assert {"/v1/meeting-rooms", "/v1/meeting-rooms/{meeting_room_id}"} <= {*found["paths"]}
    assert "meeting_room" in found["tables"]
    assert "meeting_room" in found["retention"]
    assert "meeting_room.organisation_id" in found["open references"]
    assert "meeting_room.created" in found["events"]
    assert found["is listed"]
    assert len(found["own tests"]) > 3
    assert "tests.ground.meeting_rooms.sweep_cases" in found["creates records"]


def test_example_keeps_the_import_contracts(project: Path) -> None:
    printed = run_in(project, Path(sys.executable).with_name("lint-imports"), "--no-cache")

    assert "0 broken" in printed
