"""The list position of a page. Other query parameters are ignored: messenger apps append their own."""

from typing import Annotated

from fastapi import Depends, Query

from schemas.foundation.common import PageQuery


async def _list_position(
    limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> PageQuery:
    return PageQuery(limit=limit, cursor=cursor)


ListPosition = Annotated[PageQuery, Depends(_list_position)]
