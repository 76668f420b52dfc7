"""Identifiers that the server generates: UUIDv7, which sort and partition by time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7 as the standard library's UUID class, which the driver can adapt."""
    return uuid7()
