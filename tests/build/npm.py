"""Installs the packages that a test needs from npm, as locked in a folder beside the test."""

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
    """The folder with the program and its packages, made once per content; another process may be making it too."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.fail(ADVICE, pytrace=False)
    names = [*LOCKED, program]
    content = b"".join((source / name).read_bytes() for name in names)
    folder = ROOT / ".dev" / "npm" / sha256(content).hexdigest()[:16]
    if folder.exists():
        return folder
    making = folder.with_name(f"{folder.name}.{os.getpid()}")
    making.mkdir(parents=True)
    for name in names:
        shutil.copy(source / name, making)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.fail(f"npm ci failed: {done.stderr[-1000:]}", pytrace=False)
    try:
        making.rename(folder)
    except OSError:  # the other process was first
        shutil.rmtree(making)
    return folder
