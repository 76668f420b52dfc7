"""Count open references: rows that prevent closing an organisation, per column the manifests declare."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.manifest.records import OpenReference

MAX_COUNT = 1000
"""Rows counted per column at most; an exact number above this helps no one and costs time."""


async def count_open_references(
    session: AsyncSession, references: Mapping[str, OpenReference], organisation_id: UUID, at: datetime
) -> dict[str, int]:
    """Count open rows per table.column, up to MAX_COUNT; columns without open rows are left out."""
    counts = {}
    for name, reference in references.items():
        condition = sa.and_(col(reference.column) == organisation_id, reference.is_open(at))
        open_rows = sa.select(sa.literal(1)).where(condition).limit(MAX_COUNT).subquery()
        counts[name] = sa.select(sa.func.count()).select_from(open_rows).scalar_subquery().label(name)
    row = (await (await session.connection()).execute(sa.select(*counts.values()))).one()
    return {name: number for name, number in zip(counts, row, strict=True) if number}
