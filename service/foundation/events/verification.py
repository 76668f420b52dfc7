"""Detect tampering: hash every row of a chain again and report changed, removed and inserted rows.

The hash of a chain head proves that something was changed; its marks locate the row. A chain that was rewritten
completely is detected only with a head that was exported before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.chains import MARK_BYTES, NOTHING, SEGMENT, Chain, HashedRow, chain_hash, read_hashes
from service.foundation.events.tables import ChainHead


class Tampering(StrEnum):
    """The kind of tampering with a row or with a chain head."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    HEAD_CHANGED = "chain head changed"
    HEAD_MISSING = "chain head missing"


@dataclass(frozen=True)
class Discrepancy:
    """One detected difference.

    `position` counts the rows of the segment from 1; `row` is the id or feed position.

    For a removed row, `row` is the row before it; None if it was the first.
    """

    head: int
    """The number of the chain head."""
    kind: Tampering
    position: int | None = None
    row: str | None = None

    @property
    def sentence(self) -> str:
        """One line for the auditor."""
        where = "" if self.position is None else f", row {self.position}"
        which = {Tampering.REMOVED: " after "}.get(self.kind, " ") + (self.row or "the beginning") if where else ""
        return f"chain head {self.head}{where}: {self.kind}{which}"


@dataclass(frozen=True)
class Verification:
    """The result: the number of checked chain heads, and the discrepancies."""

    heads: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def first_broken_head(self) -> int | None:
        """The number of the first chain head with a discrepancy; None if there is none."""
        return self.discrepancies[0].head if self.discrepancies else None


async def verify(session: AsyncSession, chain: Chain, now: datetime, from_number: int = 1) -> Verification:
    """Hash all rows again from chain head `from_number` on. Rows that retention has removed are accepted."""
    statement = select(ChainHead).where(ChainHead.chain == chain.name, col(ChainHead.number) >= from_number - 1)
    heads = list((await session.exec(statement.order_by(col(ChainHead.number)))).all())
    before = heads.pop(0) if from_number > 1 and heads else None
    digest, after = (before.hash, before.last_key) if before else (NOTHING, list(chain.first_key))
    discrepancies: list[Discrepancy] = []
    expected = from_number
    for head in heads:
        discrepancies += [Discrepancy(number, Tampering.HEAD_MISSING) for number in range(expected, head.number)]
        is_next = head.number == expected
        rows = await _rows(session, chain, after, head)
        differences = list(_discrepancies(head, rows, digest if is_next else None))
        is_expired = bool(chain.min_retention and head.created_at < now - chain.min_retention)
        discrepancies += [
            discrepancy for discrepancy in differences if not (is_expired and discrepancy.kind is Tampering.REMOVED)
        ]
        digest, after, expected = head.hash, head.last_key, head.number + 1
    return Verification(len(heads), tuple(discrepancies))


async def _rows(session: AsyncSession, chain: Chain, after: Sequence[str], head: ChainHead) -> list[HashedRow]:
    """Return all rows between the previous head and the last key of this head."""
    rows: list[HashedRow] = []
    last = _order(head.last_key)
    while page := await read_hashes(session, chain, after, SEGMENT):
        rows += [row for row in page if _order(row[0]) <= last]
        if _order(page[-1][0]) >= last:
            break
        after = page[-1][0]
    return rows


def _order(key: Sequence[str]) -> tuple[int, ...]:
    """Return a key that sorts like in the database: numbers, and UUIDs as numbers of 128 bits."""
    return tuple(UUID(part).int if "-" in part else int(part) for part in key)


def _discrepancies(head: ChainHead, rows: Sequence[HashedRow], before: bytes | None) -> Iterator[Discrepancy]:
    """Compare the rows with a head.

    `before` is the hash of the previous head; None if it is missing: compare marks.
    """
    marks = [head.marks[at : at + MARK_BYTES] for at in range(0, len(head.marks), MARK_BYTES)]
    if before is None:
        rows = [row for row in rows if _order(row[0]) >= _order(head.first_key)]
    elif chain_hash(before, rows) == head.hash and len(rows) == head.rows:
        return
    if marks != [row_hash[:MARK_BYTES] for _, row_hash in rows]:
        yield from _differences(head.number, marks, rows)
    elif before is not None:
        yield Discrepancy(head.number, Tampering.HEAD_CHANGED)


def _differences(number: int, marks: Sequence[bytes], rows: Sequence[HashedRow]) -> Iterator[Discrepancy]:
    now = [row_hash[:MARK_BYTES] for _, row_hash in rows]
    for _, was, was_end, is_, is_end in SequenceMatcher(None, marks, now, autojunk=False).get_opcodes():
        if marks[was:was_end] == now[is_:is_end]:
            continue
        both = min(was_end - was, is_end - is_)
        for at in range(both):
            yield Discrepancy(number, Tampering.CHANGED, was + at + 1, rows[is_ + at][0][-1])
        for at in range(was + both, was_end):
            yield Discrepancy(number, Tampering.REMOVED, at + 1, rows[is_ + both - 1][0][-1] if is_ + both else None)
        for at in range(is_ + both, is_end):
            yield Discrepancy(number, Tampering.INSERTED, at + 1, rows[at][0][-1])
