"""The checks that every change of a row makes: its version, and its lock."""

from typing import Protocol

from service.foundation.errors import VersionStale


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int


def require_version(row: Versioned, expected_version: int) -> None:
    """Refuse a change that was based on an older version. Raises VersionStale."""
    if row.version != expected_version:
        raise VersionStale(current_version=row.version)
