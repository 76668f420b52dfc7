"""Open references: what keeps an organisation from being closed, counted per column that the manifests declare."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.manifest.records import OpenReference

COUNTED = 1000
"""Rows counted at most of each: to people who close an organisation, many are many."""


async def count_open_references(
    session: AsyncSession, references: Mapping[str, OpenReference], organisation_id: UUID, at: datetime
) -> dict[str, int]:
    """table.column → how many open rows, counted up to COUNTED; what has none is left out."""
    counts = {}
    for name, reference in references.items():
        condition = sa.and_(col(reference.column) == organisation_id, reference.is_open(at))
        some = sa.select(sa.literal(1)).where(condition).limit(COUNTED).subquery()
        counts[name] = sa.select(sa.func.count()).select_from(some).scalar_subquery().label(name)
    row = (await (await session.connection()).execute(sa.select(*counts.values()))).one()
    return {name: number for name, number in zip(counts, row, strict=True) if number}
