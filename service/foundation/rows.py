"""The order of checks before a row changes: 404 and 403 by `locked`, then 412 by `require_version`."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from service.foundation.errors import DomainError, VersionStale

Row = TypeVar("Row")


class Versioned(Protocol):
    """A row with a version that grows by one with each change."""

    version: int


def require_version(row: Versioned, expected_version: int) -> None:
    """Refuse a change that is based on an older version. Raises: VersionStale."""
    if row.version != expected_version:
        raise VersionStale(current_version=row.version)


async def locked(
    session: AsyncSession,
    statement: SelectOfScalar[Row],
    not_found: DomainError,
    *,
    check: Callable[[Row], Awaitable[None]] | None = None,
    of: type[Any] | None = None,
    key_share: bool = False,
) -> Row:
    """Load the row of a statement, fresh from the database, and lock it until the transaction ends.

    The statement selects only rows within the reach of the actor. `check` raises NotPermitted for a row that the actor
    may see but not change. `of`: the table to lock, for a statement with joins. `key_share`: other transactions may
    still insert rows that refer to this one.
    Raises: `not_found`, and the errors of `check`.
    """
    for_update = statement.with_for_update(of=of, key_share=key_share)
    row = (await session.exec(for_update.execution_options(populate_existing=True))).first()
    if row is None:
        raise not_found
    if check is not None:
        await check(row)
    return row
