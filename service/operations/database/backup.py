"""Backup and restore with PostgreSQL's own tools, as the owner's role."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from service.foundation.db import driver_url

NOT_RESTORED = (" EXTENSION ", " SCHEMA ", "COMMENT - EXTENSION", "ACL - SCHEMA", " spatial_ref_sys ")
"""Entries of a backup that `grassroots database prepare` created already; creating them needs an administrator."""


class BackupFailed(RuntimeError):
    """pg_dump or pg_restore failed; the message is the last line of its output."""


def dump(url: str, path: Path) -> None:
    """Write a consistent copy of the whole database to a file. Raises BackupFailed."""
    unfinished = path.with_name(path.name + ".part")
    address, password = _split_password(url)
    _run("pg_dump", "--format=custom", f"--file={unfinished}", address, password=password)
    unfinished.replace(path)


def restore(url: str, path: Path) -> None:
    """Fill an empty, prepared database from a file. Raises BackupFailed."""
    with psycopg.connect(driver_url(url)) as connection:
        row = connection.execute("SELECT to_regclass('event') IS NOT NULL").fetchone()
    if row and row[0]:
        raise BackupFailed("the database is not empty; restore into a database that was only prepared")
    contents = _run("pg_restore", "--list", str(path))
    address, password = _split_password(url)
    entries = [line for line in contents.splitlines() if not any(mark in line for mark in NOT_RESTORED)]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as list_file:
        list_file.write("\n".join(entries))
        list_file.flush()
        _run(
            "pg_restore",
            "--exit-on-error",
            "--no-owner",
            f"--use-list={list_file.name}",
            f"--dbname={address}",
            str(path),
            password=password,
        )


def _split_password(url: str) -> tuple[str, dict[str, str]]:
    """Split the URL: the address without password, and the password as environment variables.

    Every account on the machine can read a command line, so the password must not be on it.
    """
    parsed = make_url(url).set(drivername="postgresql")
    password = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    return parsed.set(password=None).render_as_string(hide_password=False), password


def _run(tool: str, *arguments: str, password: dict[str, str] | None = None) -> str:
    path = shutil.which(tool)
    if path is None:
        raise BackupFailed(f"{tool} is not on the PATH; install PostgreSQL's client tools")
    process = subprocess.run(  # noqa: S603 - the arguments are ours
        [path, *arguments], capture_output=True, text=True, check=False, env=os.environ | (password or {})
    )
    if process.returncode:
        raise BackupFailed(f"{tool}: {process.stderr.strip().splitlines()[-1] if process.stderr.strip() else 'failed'}")
    return process.stdout
