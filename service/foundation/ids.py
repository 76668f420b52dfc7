"""Identifiers made by the server: UUIDv7, so that they sort and partition by time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 as the standard library's class, which the driver can adapt."""
    return uuid7()
