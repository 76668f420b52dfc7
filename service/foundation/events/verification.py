"""Look for tampering: hash every row of a chain again and name what was changed, removed or inserted.

The hashes of the chain heads prove that something was changed; their marks name the row. A chain rewritten from end to
end is found only with a head exported before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.chains import MARK_BYTES, NOTHING, SEGMENT, Chain, Hashed, chained, hashes
from service.foundation.events.tables import ChainHead


class What(StrEnum):
    """What was done to a row, or to the chain head itself."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    HEAD_CHANGED = "chain head changed"
    HEAD_MISSING = "chain head missing"


@dataclass(frozen=True)
class Flaw:
    """One thing that does not hold. `position` counts the rows of the segment from 1, `row` is the id or feed position.

    For a removed row `row` is the one before it, None at the beginning.
    """

    head: int
    """The number of the chain head."""
    what: What
    position: int | None = None
    row: str | None = None

    @property
    def sentence(self) -> str:
        """In one line, for the auditor."""
        where = "" if self.position is None else f", row {self.position}"
        which = {What.REMOVED: " after "}.get(self.what, " ") + (self.row or "the beginning") if where else ""
        return f"chain head {self.head}{where}: {self.what}{which}"


@dataclass(frozen=True)
class Verified:
    """How many chain heads were checked, and what does not hold."""

    heads: int
    flaws: tuple[Flaw, ...]

    @property
    def broken(self) -> int | None:
        """The number of the first chain head that does not hold; None: all do."""
        return self.flaws[0].head if self.flaws else None


async def verify(session: AsyncSession, chain: Chain, now: datetime, from_number: int = 1) -> Verified:
    """Hash everything again that is still kept, from a chain head on. Accept what retention has removed."""
    statement = select(ChainHead).where(ChainHead.chain == chain.name, col(ChainHead.number) >= from_number - 1)
    heads = list((await session.exec(statement.order_by(col(ChainHead.number)))).all())
    before = heads.pop(0) if from_number > 1 and heads else None
    digest, after = (before.hash, before.last_key) if before else (NOTHING, list(chain.first_key))
    flaws: list[Flaw] = []
    expected = from_number
    for head in heads:
        flaws += [Flaw(number, What.HEAD_MISSING) for number in range(expected, head.number)]
        is_next = head.number == expected
        rows = await _rows(session, chain, after, head)
        found = list(_flaws(head, rows, digest if is_next else None))
        is_over = bool(chain.kept and head.created_at < now - chain.kept)
        flaws += [flaw for flaw in found if not (is_over and flaw.what is What.REMOVED)]
        digest, after, expected = head.hash, head.last_key, head.number + 1
    return Verified(len(heads), tuple(flaws))


async def _rows(session: AsyncSession, chain: Chain, after: Sequence[str], head: ChainHead) -> list[Hashed]:
    """What lies between the head before and the last key of this one, however many they are now."""
    found: list[Hashed] = []
    last = _order(head.last_key)
    while page := await hashes(session, chain, after, SEGMENT):
        found += [row for row in page if _order(row[0]) <= last]
        if _order(page[-1][0]) >= last:
            break
        after = page[-1][0]
    return found


def _order(key: Sequence[str]) -> tuple[int, ...]:
    """A key as the database orders it: numbers, and ids as numbers of 128 bits."""
    return tuple(UUID(part).int if "-" in part else int(part) for part in key)


def _flaws(head: ChainHead, rows: Sequence[Hashed], before: bytes | None) -> Iterator[Flaw]:
    """`before`: the hash of the head before; None when that one is missing and only marks can tell."""
    marks = [head.marks[at : at + MARK_BYTES] for at in range(0, len(head.marks), MARK_BYTES)]
    if before is None:
        rows = [row for row in rows if _order(row[0]) >= _order(head.first_key)]
    elif chained(before, rows) == head.hash and len(rows) == head.rows:
        return
    if marks != [row_hash[:MARK_BYTES] for _, row_hash in rows]:
        yield from _differences(head.number, marks, rows)
    elif before is not None:
        yield Flaw(head.number, What.HEAD_CHANGED)


def _differences(number: int, marks: Sequence[bytes], rows: Sequence[Hashed]) -> Iterator[Flaw]:
    now = [row_hash[:MARK_BYTES] for _, row_hash in rows]
    for _, was, was_end, is_, is_end in SequenceMatcher(None, marks, now, autojunk=False).get_opcodes():
        if marks[was:was_end] == now[is_:is_end]:
            continue
        both = min(was_end - was, is_end - is_)
        for at in range(both):
            yield Flaw(number, What.CHANGED, was + at + 1, rows[is_ + at][0][-1])
        for at in range(was + both, was_end):
            yield Flaw(number, What.REMOVED, at + 1, rows[is_ + both - 1][0][-1] if is_ + both else None)
        for at in range(is_ + both, is_end):
            yield Flaw(number, What.INSERTED, at + 1, rows[at][0][-1])
