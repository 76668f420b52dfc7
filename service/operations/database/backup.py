"""Backup and restore with PostgreSQL's own tools, as the owner's role."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from service.foundation.db import driver_url

NOT_OURS = (" EXTENSION ", " SCHEMA ", "COMMENT - EXTENSION", "ACL - SCHEMA", " spatial_ref_sys ")
"""What `grassroots database prepare` has made already and only an administrator could make again."""


class BackupFailed(RuntimeError):
    """The tool said why; its words are the message."""


def dump(url: str, path: Path) -> None:
    """Write a consistent copy of the whole database to a file. Raises BackupFailed."""
    unfinished = path.with_name(path.name + ".part")
    address, password = _without_password(url)
    _run("pg_dump", "--format=custom", f"--file={unfinished}", address, password=password)
    unfinished.replace(path)


def restore(url: str, path: Path) -> None:
    """Fill an empty, prepared database from a file. Raises BackupFailed."""
    with psycopg.connect(driver_url(url)) as connection:
        found = connection.execute("SELECT to_regclass('event') IS NOT NULL").fetchone()
    if found and found[0]:
        raise BackupFailed("the database is not empty; restore into one that was only prepared")
    contents = _run("pg_restore", "--list", str(path))
    address, password = _without_password(url)
    wanted = [line for line in contents.splitlines() if not any(mark in line for mark in NOT_OURS)]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
        listed.write("\n".join(wanted))
        listed.flush()
        _run(
            "pg_restore",
            "--exit-on-error",
            "--no-owner",
            f"--use-list={listed.name}",
            f"--dbname={address}",
            str(path),
            password=password,
        )


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address for the command line, which everybody on the machine can read, and its password apart."""
    parsed = make_url(url).set(drivername="postgresql")
    password = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    return parsed.set(password=None).render_as_string(hide_password=False), password


def _run(tool: str, *arguments: str, password: dict[str, str] | None = None) -> str:
    path = shutil.which(tool)
    if path is None:
        raise BackupFailed(f"{tool} is not on the PATH; install PostgreSQL's client tools")
    done = subprocess.run(  # noqa: S603 - our own words
        [path, *arguments], capture_output=True, text=True, check=False, env=os.environ | (password or {})
    )
    if done.returncode:
        raise BackupFailed(f"{tool}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
    return done.stdout
