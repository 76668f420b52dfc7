"""Install the npm packages of a test from the lock file in its folder."""

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import ROOT

ADVICE = "this test needs Node.js 20.19 or newer with npm: install them (on Debian: apt-get install nodejs npm)"
LOCKED = ("package.json", "package-lock.json", ".npmrc")


def install(source: Path, program: str) -> Path:
    """Return a folder with the program and its packages. It is created once per content.

    Safe for parallel processes.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.fail(ADVICE, pytrace=False)
    names = [*LOCKED, program]
    content = b"".join((source / name).read_bytes() for name in names)
    folder = ROOT / ".dev" / "npm" / sha256(content).hexdigest()[:16]
    if folder.exists():
        return folder
    temporary = folder.with_name(f"{folder.name}.{os.getpid()}")
    temporary.mkdir(parents=True)
    for name in names:
        shutil.copy(source / name, temporary)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    process = subprocess.run(command, cwd=temporary, capture_output=True, text=True, timeout=300, check=False)
    if process.returncode != 0:
        pytest.fail(f"npm ci failed: {process.stderr[-1000:]}", pytrace=False)
    try:
        temporary.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(temporary)
    return folder
